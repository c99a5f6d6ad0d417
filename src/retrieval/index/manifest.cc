#include "retrieval/index/manifest.h"

#include "base/hash.h"
#include "retrieval/segment/bytes.h"

namespace maester::retrieval {
namespace {

constexpr std::string_view kMagic = "MAESTMAN";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kHead = 24;

std::unexpected<Error> broken(const char* why) {
  return fail(Code::corrupt,
              "The manifest of the index is damaged. Restore it or build the index anew.", {}, why);
}

void put_entry(std::string& out, const Manifest::Entry& entry) {
  put_varint(out, entry.number);
  put_varint(out, entry.file_size);
  put_varint(out, entry.documents);
  put_varint(out, entry.chunks);
  put_varint(out, entry.dead.size());
  std::uint32_t next = 0;
  for (const std::uint32_t document : entry.dead) {
    put_varint(out, document - next);
    next = document + 1;
  }
}

bool read_entry(Reader& reader, Manifest::Entry& entry) {
  entry.number = reader.varint();
  entry.file_size = reader.varint();
  entry.documents = reader.varint32();
  entry.chunks = reader.varint32();
  const std::uint64_t dead = reader.varint();
  if (!reader.ok() || dead > entry.documents || dead > reader.left()) return false;
  entry.dead.reserve(static_cast<std::size_t>(dead));
  std::uint64_t next = 0;
  for (std::uint64_t i = 0; i < dead; ++i) {
    next += reader.varint32();
    if (!reader.ok() || next >= entry.documents) return false;
    entry.dead.push_back(static_cast<std::uint32_t>(next++));
  }
  return true;
}

}  // namespace

std::string encode_manifest(const Manifest& manifest) {
  std::string body;
  put_varint(body, manifest.sequence);
  put_varint(body, manifest.next_segment);
  const IndexSettings& settings = manifest.settings;
  put_varint(body, settings.analysis.language.size());
  body += settings.analysis.language;
  put_varint(body, settings.analysis.stop_words ? 1 : 0);
  put_varint(body, manifest.analysis_version);
  put_varint(body, settings.dimensions);
  put_varint(body, settings.graph.neighbours);
  put_varint(body, settings.graph.candidates);
  put_varint(body, settings.graph.search_candidates);
  put_varint(body, settings.graph.from);
  put_varint(body, manifest.segments.size());
  for (const Manifest::Entry& entry : manifest.segments) put_entry(body, entry);
  std::string out(kMagic);
  put(out, kVersion);
  put(out, static_cast<std::uint32_t>(body.size()));
  put(out, crc32c(body));
  put(out, crc32c(out));
  return out + body;
}

Result<Manifest> decode_manifest(std::string_view bytes) {
  if (bytes.size() < kHead || !bytes.starts_with(kMagic)) return broken("no manifest's head");
  const std::string_view body = bytes.substr(kHead);
  if (load<std::uint32_t>(bytes.data() + 20) != crc32c(bytes.substr(0, 20))) {
    return broken("the head's checksum differs");
  }
  if (load<std::uint32_t>(bytes.data() + 8) != kVersion) return broken("unknown version");
  if (load<std::uint32_t>(bytes.data() + 12) != body.size()) return broken("the size differs");
  if (load<std::uint32_t>(bytes.data() + 16) != crc32c(body)) return broken("checksum differs");
  Manifest out;
  Reader reader(body);
  out.sequence = reader.varint();
  out.next_segment = reader.varint();
  out.settings.analysis.language = reader.take(reader.varint());
  out.settings.analysis.stop_words = reader.varint() != 0;
  out.analysis_version = reader.varint32();
  out.settings.dimensions = reader.varint32();
  out.settings.graph.neighbours = reader.varint32();
  out.settings.graph.candidates = reader.varint32();
  out.settings.graph.search_candidates = reader.varint32();
  out.settings.graph.from = reader.varint32();
  const std::uint64_t segments = reader.varint();
  for (std::uint64_t i = 0; i < segments; ++i) {
    Manifest::Entry entry;
    if (!read_entry(reader, entry)) return broken("a segment's entry");
    if (entry.number >= out.next_segment ||
        (!out.segments.empty() && entry.number <= out.segments.back().number)) {
      return broken("the segments' numbers");
    }
    out.segments.push_back(std::move(entry));
  }
  if (!reader.ok() || reader.left() != 0) return broken("the body's end");
  return out;
}

}  // namespace maester::retrieval
