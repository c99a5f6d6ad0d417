// Segment files and manifests come from a disk: any bytes are read without a fault. The head's
// checksums would keep a fuzzer out, so they are made right first; what stands behind them is the
// input's.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "retrieval/index/manifest.h"
#include "retrieval/index/snapshot.h"
#include "retrieval/segment/segment.h"
#include "store/faulty_file_system.h"

namespace {

using namespace maester;
using namespace maester::retrieval;

void check(bool holds) {
  if (!holds) std::abort();
}

void put32(std::string& bytes, std::size_t at, std::uint32_t value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

void read_manifest(std::string bytes) {
  if (bytes.size() >= 24) {
    std::memcpy(bytes.data(), "MAESTMAN\1\0\0\0", 12);
    put32(bytes, 12, static_cast<std::uint32_t>(bytes.size() - 24));
    put32(bytes, 16, crc32c(std::string_view(bytes).substr(24)));
    put32(bytes, 20, crc32c(std::string_view(bytes).substr(0, 20)));
  }
  const auto manifest = decode_manifest(bytes);
  if (!manifest) return;
  const std::string again = encode_manifest(*manifest);
  const auto same = decode_manifest(again);
  check(same && same->segments == manifest->segments && encode_manifest(*same) == again);
}

// Makes the checks of opening pass as far as they can.
void mend(std::string& bytes) {
  if (bytes.size() < kHeadBytes) return;
  std::memcpy(bytes.data(), "MAESTSEG\1\0\0\0\20\0\0\0", 16);
  const std::uint64_t size = bytes.size();
  std::memcpy(bytes.data() + 16, &size, sizeof size);
  for (std::size_t i = 0; i < kSections; ++i) {
    std::uint64_t offset = 0, length = 0;
    std::memcpy(&offset, bytes.data() + 64 + 24 * i, sizeof offset);
    std::memcpy(&length, bytes.data() + 72 + 24 * i, sizeof length);
    if (offset > size || length > size - offset) continue;
    put32(bytes, 80 + 24 * i, crc32c(std::string_view(bytes).substr(offset, length)));
  }
  put32(bytes, kHeadBytes - 4, crc32c(std::string_view(bytes).substr(0, kHeadBytes - 4)));
}

void use(const std::shared_ptr<Segment>& segment) {
  check(segment->verify().has_value());
  Dictionary::Walk walk = segment->dictionary().walk();
  std::string words = "kind w0 the";
  for (int i = 0; i < 50 && walk.next(); ++i) words += " " + walk.term();
  std::vector<std::uint32_t> dead;
  if (segment->counts().documents > 1) dead.push_back(segment->counts().documents - 1);
  const std::vector<SegmentViewPtr> views = {std::make_shared<SegmentView>(segment, dead)};
  IndexSettings settings;
  settings.dimensions = segment->counts().dimensions;
  const SegmentSnapshot snapshot(1, settings, views);
  const std::vector<float> vector(settings.dimensions, 0.5F);
  for (const char* field : {"kind", "year", "draft", "source_id", "title"}) {
    Query query;
    query.text = words;
    query.groups = {"g0", "g1"};
    query.vector = vector;
    query.neighbours = 2;
    query.explain = true;
    check(snapshot.search(query).has_value());
    query.filters = {{Condition::Op::gte, field, {std::string("k1")}}};
    check(snapshot.search(query).has_value());
    query.filters = {{Condition::Op::not_equal, field, {std::string("s1")}}};
    check(snapshot.search(query).has_value());
  }
  (void)snapshot.contains(Uuid{});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 1 << 17) return 0;
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'm') {
    read_manifest(std::move(bytes));
    return 0;
  }
  mend(bytes);
  store::FaultyFileSystem disk;
  auto file = disk.open("i/" + Segment::file_name(1), store::FileSystem::Open::create_new);
  check((*file)->write_at(0, bytes).has_value());
  if (const auto segment = Segment::open(disk, "i", 1)) use(*segment);
  return 0;
}
