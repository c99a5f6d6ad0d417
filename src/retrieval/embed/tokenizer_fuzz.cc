// tokenizer.json comes from elsewhere: any file, then any text after a zero byte, must be read or
// refused, and every token be within the vocabulary.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "retrieval/embed/tokenizer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maester::retrieval;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::size_t zero = all.find('\0');
  const auto tokenizer = Tokenizer::parse(all.substr(0, zero));
  if (!tokenizer) return 0;
  const std::string_view text =
      zero == std::string_view::npos ? "A text, naïve 東京 123" : all.substr(zero + 1);
  for (const TokenId token : tokenizer->encode(text.substr(0, 2'000))) {
    if (token > tokenizer->model().largest_id()) std::abort();
  }
  return 0;
}
