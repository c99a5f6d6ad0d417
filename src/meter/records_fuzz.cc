// Any payload is refused or read; what is read comes back the same after writing it.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "meter/records.h"

namespace {

template <class Record>
void round_trip(const maester::Result<Record>& record,
                maester::Result<Record> (*decode)(std::string_view)) {
  if (!record) return;
  const auto again = decode(maester::meter::encode(*record));
  if (!again || !(*again == *record)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maester::meter;
  const std::string_view payload(reinterpret_cast<const char*>(data), size);
  round_trip(decode_intent(payload), &decode_intent);
  round_trip(decode_settlement(payload), &decode_settlement);
  round_trip(decode_capture(payload), &decode_capture);
  round_trip(decode_feedback(payload), &decode_feedback);
  return 0;
}
