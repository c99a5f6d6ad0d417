#include "codec/markup_escape.h"

namespace maester::text {
namespace {

std::string_view entity(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

}  // namespace

std::string escape_markup(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const std::string_view named = entity(c);
    if (named.empty())
      out += c;
    else
      out += named;
  }
  return out;
}

std::string escape_xml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const std::string_view named = entity(c);
    if (!named.empty())
      out += named;
    else if (c == '\n')
      out += "&#10;";
    else if (c == '\t')
      out += ' ';
    else if (static_cast<unsigned char>(c) < 0x20)
      out += "\xef\xbf\xbd";
    else
      out += c;
  }
  return out;
}

}  // namespace maester::text
