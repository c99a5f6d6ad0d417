// Oracles: whole and piece by piece a result is read or refused alike; what is read holds together
// and is written and read again to the same.
#include <cstdint>
#include <cstdlib>

#include "ingest/child_format.h"
#include "ingest/extraction_check.h"
#include "ingest/result_reader.h"

namespace {

using namespace maester;

void require(bool holds) {
  if (!holds) std::abort();
}

Result<ingest::Extraction> read(std::string_view bytes, std::size_t piece) {
  ingest::ResultReader reader;
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    TRY(reader.feed(bytes.substr(at, piece)));
  if (!reader.complete()) return fail(Code::corrupt, "ends early");
  return reader.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A corpus of text: the magic is put in front.
  const std::string bytes =
      std::string(ingest::kResultMagic) + std::string(reinterpret_cast<const char*>(data), size);
  const auto whole = read(bytes, bytes.size());
  const auto pieces = read(bytes, size == 0 ? 1 : data[0] % 7 + 1);
  require(whole.has_value() == pieces.has_value());
  if (!whole) {
    require(whole.error().code == pieces.error().code);
    return 0;
  }
  require(whole->text == pieces->text && ingest::check(*whole).has_value());
  const auto again = read(ingest::encode_result({*whole, {}}), 1 << 20);
  require(again.has_value() && again->text == whole->text &&
          again->tables.size() == whole->tables.size());
  return 0;
}
