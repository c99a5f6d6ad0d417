#include "extract/formats/html_charset.h"

#include <algorithm>

namespace maester::extract {
namespace {

constexpr std::size_t kLook = 1 << 20;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
bool is_label(char c) {
  return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == ':' || c == '.';
}

// What follows `name` and "=", with or without quotes.
std::string value_after(std::string_view tag, std::string_view name) {
  std::size_t at = tag.find(name);
  if (at == std::string_view::npos) return {};
  at += name.size();
  const auto skip = [&](std::string_view what) {
    while (at < tag.size() && what.contains(tag[at])) ++at;
  };
  skip(" \t\r\n");
  if (at >= tag.size() || tag[at] != '=') return {};
  skip("= \t\r\n'\"");
  const auto* end = std::find_if_not(tag.begin() + at, tag.end(), is_label);
  return {tag.begin() + at, end};
}

}  // namespace

std::string meta_charset(std::string_view bytes) {
  std::string text(bytes.substr(0, kLook));
  std::ranges::transform(text, text.begin(), lower);
  const std::string_view all = text;
  if (all.starts_with("<?xml"))
    if (auto found = value_after(all.substr(0, all.find("?>")), "encoding"); !found.empty())
      return found;
  for (std::size_t at = all.find("<meta"); at != std::string_view::npos;
       at = all.find("<meta", at + 1)) {
    const std::string_view tag =
        all.substr(at, std::min<std::size_t>(all.find('>', at) - at, 1024));
    if (auto found = value_after(tag, "charset"); !found.empty()) return found;
  }
  return {};
}

}  // namespace maester::extract
