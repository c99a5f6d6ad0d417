#include "codec/uri.h"

#include <algorithm>
#include <charconv>

namespace maester::uri {
namespace {

struct Parts {
  std::string_view scheme, authority, path, query, fragment;
  bool has_authority = false, has_query = false, has_fragment = false;
};

bool is_scheme(std::string_view text) {
  if (text.empty() || !((text[0] | 0x20) >= 'a' && (text[0] | 0x20) <= 'z')) return false;
  for (const char c : text) {
    const char lower = static_cast<char>(c | 0x20);
    const bool good = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
                      c == '-' || c == '.';
    if (!good) return false;
  }
  return true;
}

Parts split(std::string_view text) {
  Parts out;
  if (const auto hash = text.find('#'); hash != std::string_view::npos) {
    out.has_fragment = true;
    out.fragment = text.substr(hash + 1);
    text = text.substr(0, hash);
  }
  if (const auto mark = text.find('?'); mark != std::string_view::npos) {
    out.has_query = true;
    out.query = text.substr(mark + 1);
    text = text.substr(0, mark);
  }
  if (const auto colon = text.find(':');
      colon != std::string_view::npos && is_scheme(text.substr(0, colon))) {
    out.scheme = text.substr(0, colon);
    text = text.substr(colon + 1);
  }
  if (text.starts_with("//")) {
    out.has_authority = true;
    const std::size_t slash = std::min(text.find('/', 2), text.size());
    out.authority = text.substr(2, slash - 2);
    text = text.substr(slash);
  }
  out.path = text;
  return out;
}

std::string remove_dots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t slash = path.find('/', 1);
    const std::string_view segment = path.substr(0, slash);
    const bool last = slash == std::string_view::npos;
    path = last ? std::string_view() : path.substr(slash);
    if (segment == "/.." || segment == "..") {
      out.resize(out.rfind('/') == std::string::npos ? 0 : out.rfind('/'));
      if (last) out += '/';
    } else if (segment == "/." || segment == ".") {
      if (last) out += '/';
    } else {
      out += segment;
    }
  }
  return out;
}

std::string merge(const Parts& base, std::string_view path) {
  if (base.has_authority && base.path.empty()) return "/" + std::string(path);
  return std::string(base.path.substr(0, base.path.rfind('/') + 1)) + std::string(path);
}

std::string join(const Parts& p, std::string_view path) {
  std::string out;
  if (!p.scheme.empty()) out.append(p.scheme) += ':';
  if (p.has_authority) out.append("//").append(p.authority);
  out += path;
  if (p.has_query) out.append("?").append(p.query);
  if (p.has_fragment) out.append("#").append(p.fragment);
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

std::string resolve(std::string_view base_text, std::string_view reference) {
  Parts base = split(base_text);
  Parts ref = split(reference);
  if (!ref.scheme.empty()) {
    return join(ref, ref.has_authority ? remove_dots(ref.path) : std::string(ref.path));
  }
  ref.scheme = base.scheme;
  if (ref.has_authority) return join(ref, remove_dots(ref.path));
  ref.authority = base.authority;
  ref.has_authority = base.has_authority;
  if (ref.path.empty()) {
    if (!ref.has_query) ref.query = base.query, ref.has_query = base.has_query;
    return join(ref, base.path);
  }
  if (ref.path.front() == '/') return join(ref, remove_dots(ref.path));
  return join(ref, remove_dots(merge(base, ref.path)));
}

std::pair<std::string_view, std::string_view> split_fragment(std::string_view uri) {
  const std::size_t hash = uri.find('#');
  if (hash == std::string_view::npos) return {uri, {}};
  return {uri.substr(0, hash), uri.substr(hash + 1)};
}

std::string percent_decode(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) {
      out += text[i];
    } else {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

std::string next_token(std::string_view& pointer) {
  pointer.remove_prefix(1);
  const std::size_t end = std::min(pointer.find('/'), pointer.size());
  std::string out;
  for (std::size_t i = 0; i < end; ++i) {
    const bool escaped =
        pointer[i] == '~' && i + 1 < end && (pointer[i + 1] == '0' || pointer[i + 1] == '1');
    out += escaped ? (pointer[i + 1] == '0' ? '~' : '/') : pointer[i];
    if (escaped) ++i;
  }
  pointer.remove_prefix(end);
  return out;
}

json::Value step(const json::Value& from, std::string_view token) {
  if (from.is_object()) {
    const json::Value found = from.get(token);
    return found.exists() ? found : json::Value();
  }
  if (!from.is_array() || token.empty() || (token.size() > 1 && token[0] == '0')) return {};
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  if (error != std::errc() || end != token.data() + token.size() || index >= from.size()) return {};
  return from.at(index);
}

}  // namespace maester::uri
