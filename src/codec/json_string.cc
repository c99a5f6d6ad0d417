#include <bit>
#include <cstring>
#include <string>

#include "base/extend.h"
#include "base/utf8.h"
#include "codec/json.h"
#include "codec/json_scan.h"

namespace maester::json {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// How many bytes from `at` on stand as they are: ASCII without quote, backslash and control
// characters.
std::size_t plain_run(std::string_view text, std::size_t at) {
  const std::size_t start = at;
  while (text.size() - at >= 16) {
    const detail::Block block = detail::scan_block(text.data() + at);
    const std::uint32_t stop = block.stop | block.high;
    if (stop != 0) return at + static_cast<std::size_t>(std::countr_zero(stop)) - start;
    at += 16;
  }
  while (at < text.size()) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c == '"' || c == '\\' || c < 0x20 || c >= 0x80) break;
    ++at;
  }
  return at - start;
}

void append_escape(std::string& out, char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  out += "\\u00";
  out += kHex[static_cast<unsigned char>(c) >> 4];
  out += kHex[static_cast<unsigned char>(c) & 0xf];
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  const std::size_t plain = plain_run(text, 0);
  char* to = extend(out, plain + 1);
  *to = '"';
  if (plain != 0) std::memcpy(to + 1, text.data(), plain);  // an empty view may point nowhere
  for (std::size_t at = plain; at < text.size();) {
    if (const std::size_t run = plain_run(text, at); run != 0) {
      out.append(text.substr(at, run));
      at += run;
    } else if (static_cast<unsigned char>(text[at]) < 0x80) {
      append_escape(out, text[at++]);
    } else if (const utf8::Decoded one = utf8::decode(text, at); one.length != 0) {
      out.append(text.substr(at, one.length));
      at += one.length;
    } else {
      out += kReplacement;
      ++at;
    }
  }
  out += '"';
}

std::string quote(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  append_string(out, text);
  return out;
}

}  // namespace maester::json
