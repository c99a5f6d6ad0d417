// The grammar of mail (RFC 5322, 2045-2047, 2231): headers, words in other encodings, transfer
// encodings. Pure; forgiving, for mail is what it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace maester::extract {

struct ContentType {
  std::string type;  // "text/plain", lower case; "" = not given
  std::string charset, boundary, name;
};
ContentType parse_content_type(std::string_view value);

struct Header {
  std::string name;   // lower case
  std::string value;  // unfolded, as it came
};
struct Entity {
  std::vector<Header> headers;
  std::string_view body;
  // The first of that (lower case) name, "" when there is none.
  std::string_view header(std::string_view name) const;
};
// Cuts headers from body at the first empty line.
Entity parse_entity(std::string_view bytes);
// The parts between the boundary's lines, without preamble and epilogue.
std::vector<std::string_view> split_multipart(std::string_view body, std::string_view boundary);

// Encoded words ("=?utf-8?q?...?=") and raw bytes as UTF-8.
std::string decode_header(std::string_view value);
// A parameter ("filename") with its continuations and charset (RFC 2231).
std::string parameter(std::string_view value, std::string_view name);
// base64, quoted-printable; anything else as it is.
std::string decode_transfer(std::string_view body, std::string_view encoding);

}  // namespace maester::extract
