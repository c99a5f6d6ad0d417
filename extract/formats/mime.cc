#include "extract/formats/mime.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

#include "extract/formats/charset.h"

namespace maester::extract {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string to_utf8(std::string_view bytes, std::string_view charset) {
  auto decoded = decode(bytes, charset);
  return decoded ? std::move(decoded->text) : std::string();
}

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string from_base64(std::string_view text) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  static const std::array<signed char, 256> kValues = [] {
    std::array<signed char, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < kDigits.size(); ++i)
      values[static_cast<unsigned char>(kDigits[i])] = static_cast<signed char>(i);
    return values;
  }();
  std::string out;
  out.reserve(text.size() / 4 * 3);
  unsigned bits = 0;
  int held = 0;
  for (const char c : text) {
    const int value = kValues[static_cast<unsigned char>(c)];
    if (value < 0) continue;  // line ends, padding, rubbish
    bits = bits << 6U | static_cast<unsigned>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out += static_cast<char>(bits >> static_cast<unsigned>(held) & 0xffU);
  }
  return out;
}

// `escape` introduces two hexadecimal digits; soft: an escape at a line's end joins the lines.
std::string from_escapes(std::string_view text, char escape, bool soft) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != escape) {
      out += text[i];
      continue;
    }
    if (soft) {
      std::size_t end = i + 1;
      while (end < text.size() && (text[end] == ' ' || text[end] == '\t')) ++end;
      if (end < text.size() && text[end] == '\r') ++end;
      if (end >= text.size() || text[end] == '\n') {
        i = end;
        continue;
      }
    }
    const int high = i + 2 < text.size() ? hex(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      out += text[i];
      continue;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

// "=?charset?encoding?text?=" at the start of `value`; how long it is, 0 = it is none.
std::size_t encoded_word(std::string_view value, std::string& charset, std::string& bytes) {
  if (!value.starts_with("=?")) return 0;
  const std::size_t first = value.find('?', 2);
  if (first == std::string_view::npos || first + 2 >= value.size() || value[first + 2] != '?')
    return 0;
  const std::size_t end = value.find("?=", first + 3);
  if (end == std::string_view::npos) return 0;
  const char encoding = static_cast<char>(value[first + 1] | 32);
  std::string text(value.substr(first + 3, end - first - 3));
  if (text.find_first_of(" \t\r\n") != std::string::npos && encoding == 'b') return 0;
  charset = value.substr(2, first - 2);
  charset.resize(std::min(charset.find('*'), charset.size()));  // a language, RFC 2231
  if (encoding == 'q') {
    std::ranges::replace(text, '_', ' ');
    bytes = from_escapes(text, '=', false);
  } else if (encoding == 'b') {
    bytes = from_base64(text);
  } else {
    return 0;
  }
  return end + 2;
}

// One "name=value" of a header; `rest` starts behind a ';'.
std::pair<std::string, std::string> take_parameter(std::string_view& rest) {
  const std::size_t equals = rest.find_first_of("=;");
  if (equals == std::string_view::npos || rest[equals] == ';') {
    rest.remove_prefix(std::min(equals, rest.size()));
    return {};
  }
  std::string name = lower(trim(rest.substr(0, equals)));
  rest.remove_prefix(equals + 1);
  while (!rest.empty() && std::isspace(static_cast<unsigned char>(rest[0]))) rest.remove_prefix(1);
  std::string value;
  if (!rest.empty() && rest[0] == '"') {
    std::size_t i = 1;
    for (; i < rest.size() && rest[i] != '"'; ++i) {
      if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
      value += rest[i];
    }
    rest.remove_prefix(std::min(i + 1, rest.size()));
  } else {
    const std::size_t end = std::min(rest.find(';'), rest.size());
    value = trim(rest.substr(0, end));
    rest.remove_prefix(end);
  }
  return {std::move(name), std::move(value)};
}

}  // namespace

std::string parameter(std::string_view value, std::string_view wanted) {
  std::string_view rest = value;
  std::string plain;
  std::array<std::string, 32> pieces;
  bool extended = false;
  bool first_is_extended = false;
  while (true) {
    const std::size_t semicolon = rest.find(';');
    if (semicolon == std::string_view::npos) break;
    rest.remove_prefix(semicolon + 1);
    auto [name, text] = take_parameter(rest);
    if (name == wanted) plain = text;
    if (!name.starts_with(std::string(wanted) + "*")) continue;
    extended = true;
    std::string_view index = std::string_view(name).substr(wanted.size() + 1);
    const bool escaped = index.empty() || index.ends_with('*');
    std::size_t number = 0;
    std::from_chars(index.data(), index.data() + index.size(), number);
    if (number >= pieces.size()) continue;
    if (number == 0) first_is_extended = escaped;
    pieces[number] = escaped && number > 0 ? from_escapes(text, '%', false) : text;
  }
  if (!extended) return decode_header(plain);
  std::string charset;
  if (first_is_extended) {
    const std::size_t first = pieces[0].find('\'');
    const std::size_t second = first == std::string::npos ? first : pieces[0].find('\'', first + 1);
    if (second != std::string::npos) {
      charset = pieces[0].substr(0, first);
      pieces[0].erase(0, second + 1);
    }
    pieces[0] = from_escapes(pieces[0], '%', false);
  }
  std::string all;
  for (const std::string& piece : pieces) all += piece;
  return to_utf8(all, charset);
}

ContentType parse_content_type(std::string_view value) {
  ContentType out;
  out.type = lower(trim(value.substr(0, value.find(';'))));
  if (!out.type.contains('/')) out.type.clear();
  out.charset = parameter(value, "charset");
  out.boundary = parameter(value, "boundary");
  out.name = parameter(value, "name");
  return out;
}

std::string_view Entity::header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &Header::name);
  return found == headers.end() ? std::string_view() : std::string_view(found->value);
}

Entity parse_entity(std::string_view bytes) {
  constexpr std::size_t kMostHeaders = 1'000;
  Entity out;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;
    if ((line[0] == ' ' || line[0] == '\t') && !out.headers.empty()) {
      out.headers.back().value += line;
      continue;
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || out.headers.size() >= kMostHeaders) continue;
    out.headers.push_back(
        {lower(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1)))});
  }
  out.body = bytes;
  return out;
}

std::vector<std::string_view> split_multipart(std::string_view body, std::string_view boundary) {
  std::vector<std::string_view> parts;
  if (boundary.empty()) return parts;
  const std::string mark = "--" + std::string(boundary);
  std::size_t begin = std::string_view::npos;  // of the part that is open
  for (std::size_t at = body.find(mark); at != std::string_view::npos;
       at = body.find(mark, at + 1)) {
    if (at > 0 && body[at - 1] != '\n') continue;
    std::size_t after = at + mark.size();
    const bool last = body.substr(after).starts_with("--");
    if (!last && after < body.size() && !std::isspace(static_cast<unsigned char>(body[after])))
      continue;
    if (begin != std::string_view::npos) {
      std::size_t end = at > begin ? at - 1 : begin;  // the line end belongs to the boundary
      if (end > begin && body[end - 1] == '\r') --end;
      parts.push_back(body.substr(begin, end - begin));
    }
    begin = std::string_view::npos;
    if (last) break;
    begin = std::min(body.find('\n', after), body.size() - 1) + 1;
  }
  if (begin != std::string_view::npos && begin < body.size()) parts.push_back(body.substr(begin));
  return parts;
}

std::string decode_header(std::string_view value) {
  std::string out;
  // Neighbouring words of one charset may share a character: their bytes are joined first.
  std::string run;
  std::string run_charset;
  const auto flush = [&] {
    if (!run.empty()) out += to_utf8(run, run_charset);
    run.clear();
  };
  std::string plain;
  for (std::size_t at = 0; at < value.size();) {
    std::string charset;
    std::string bytes;
    const std::size_t length = encoded_word(value.substr(at), charset, bytes);
    if (length == 0) {
      plain += value[at++];
      continue;
    }
    const bool only_white = plain.find_first_not_of(" \t\r\n") == std::string::npos;
    if (!only_white || run.empty()) {
      flush();
      out += to_utf8(plain, "");
    }
    plain.clear();
    if (lower(charset) != lower(run_charset)) flush();
    run_charset = charset;
    run += bytes;
    at += length;
  }
  flush();
  out += to_utf8(plain, "");
  return out;
}

std::string decode_transfer(std::string_view body, std::string_view encoding) {
  const std::string how = lower(trim(encoding));
  if (how == "base64") return from_base64(body);
  if (how == "quoted-printable") return from_escapes(body, '=', true);
  return std::string(body);
}

}  // namespace maester::extract
