// Segment files come from a disk: any bytes must be read without a fault, and what is accepted must
// be sound.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "store/faulty_file_system.h"
#include "store/journal.h"
#include "store/journal_format.h"
#include "store/journal_state.h"

namespace {

using namespace maester::store;

void check(bool holds) {
  if (!holds) std::abort();
}

// Whatever opens must verify, and take and keep another record.
void open_as_journal(std::string_view bytes) {
  FaultyFileSystem disk;
  auto file = disk.open("j/" + segment_file_name(0, 1), FileSystem::Open::create_new);
  check((*file)->write_at(0, bytes).has_value());
  const JournalConfig config{
      .directory = "j", .segment_bytes = 4096, .threads = false, .boot_id = "b"};
  auto journal = Journal::open(disk, config);
  if (!journal) return;
  const auto records = (*journal)->verify();
  check(records.has_value());
  check((*journal)->append(0, RecordKind::note, "one more").has_value());
  check((*journal)->verify() == *records + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto record = decode_record(bytes)) {
    check(record->size <= bytes.size() && record->payload.size() <= record->size);
  }
  if (const auto header = decode_segment_header(bytes)) {
    check(decode_segment_header(encode_segment_header(*header)) == header);
  }
  if (const auto state = decode_state(bytes)) check(decode_state(encode_state(*state)) == state);
  if (size <= 1 << 16) open_as_journal(bytes);
  return 0;
}
