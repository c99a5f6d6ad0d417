// Any bytes: decoding gives the well-formed text back, counting and encoding agree, pieces cover
// the text.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/utf8.h"
#include "codec/tokens/tokens.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maester::tokens;
  if (!available(Encoding::o200k_base)) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string text = well_formed(input);
  if (!maester::utf8::valid(text)) std::abort();
  for (const Encoding encoding : {Encoding::o200k_base, Encoding::cl100k_base}) {
    const auto ids = encode_ordinary(encoding, input);
    if (ids.size() != count_tokens(encoding, input) || decode(encoding, ids) != text) std::abort();
  }
  return 0;
}
