// From bytes in any encoding to UTF-8. ICU's converters are compiled into its library: nothing is
// opened (warm() makes sure of it before the sandbox closes).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace maester::extract {

struct Decoded {
  std::string text;      // UTF-8; what cannot be decoded is U+FFFD
  std::string charset;   // its name, in ICU's spelling or the WHATWG's
  bool guessed = false;  // no byte-order mark, no declaration, not UTF-8
};

// Byte-order mark, then `declared` ("" = nothing), then UTF-8 if it is, then UTF-16 without a mark,
// then ICU's detector where it is sure, then windows-1252. nullopt: these are no characters at all
// (NULs or many control characters).
std::optional<Decoded> decode(std::string_view bytes, std::string_view declared = {});

// As the Encoding standard reads labels: "latin1" is windows-1252. nullopt = unknown.
std::optional<std::string> convert(std::string_view bytes, std::string_view charset);
// The Windows code page of that number (RTF), "" when there is none.
std::string code_page(int number);

// Whether the bytes can be text in some encoding.
bool looks_binary(std::string_view bytes);

// Loads what decoding needs. Call before the sandbox is entered.
void warm_charsets();

}  // namespace maester::extract
