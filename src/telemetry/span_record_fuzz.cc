// The bytes of a segment: whatever they hold, a record is refused or read within its bounds.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "telemetry/span_record.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maester::telemetry;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto header = decode_record_header(bytes.substr(0, kRecordHeaderBytes));
  if (!header) return 0;
  const auto record = decode_record(*header, bytes.substr(kRecordHeaderBytes));
  if (record && record->spans.size() + record->tenant.size() > size) std::abort();
  return 0;
}
