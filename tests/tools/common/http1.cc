#include "common/http1.h"

#include <charconv>

namespace maester::rig {
namespace {

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool equals_lower(std::string_view text, std::string_view lower_case) {
  if (text.size() != lower_case.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (lower(text[i]) != lower_case[i]) return false;
  }
  return true;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Finds the head's end, splits off the first line and reads the framing fields.
Parse parse_common(std::string_view bytes, std::string_view& first_line, Head& out) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return bytes.size() > 256 * 1024 ? Parse::bad : Parse::more;
  out = Head{};
  out.length = end + 4;
  const std::size_t line_end = bytes.find("\r\n");
  first_line = bytes.substr(0, line_end);
  out.fields = bytes.substr(line_end + 2, end + 2 - (line_end + 2));
  if (const auto length = out.field("content-length"); !length.empty()) {
    const auto [p, error] =
        std::from_chars(length.data(), length.data() + length.size(), out.content_length);
    if (error != std::errc{} || p != length.data() + length.size()) return Parse::bad;
    out.has_content_length = true;
  }
  out.chunked = equals_lower(out.field("transfer-encoding"), "chunked");
  out.keep_alive = !equals_lower(out.field("connection"), "close");
  return Parse::done;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
}

}  // namespace

std::string_view Head::field(std::string_view name) const {
  std::string_view rest = fields;
  while (!rest.empty()) {
    const std::size_t end = rest.find("\r\n");
    if (end == std::string_view::npos) break;
    const std::string_view line = rest.substr(0, end);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        equals_lower(line.substr(0, name.size()), name)) {
      return trim(line.substr(name.size() + 1));
    }
    rest.remove_prefix(end + 2);
  }
  return {};
}

Parse parse_request_head(std::string_view bytes, Head& out) {
  std::string_view line;
  if (const Parse parsed = parse_common(bytes, line, out); parsed != Parse::done) return parsed;
  const std::size_t a = line.find(' ');
  const std::size_t b = line.rfind(' ');
  if (a == std::string_view::npos || b <= a) return Parse::bad;
  out.method = line.substr(0, a);
  out.target = line.substr(a + 1, b - a - 1);
  return Parse::done;
}

Parse parse_response_head(std::string_view bytes, Head& out) {
  // Whatever does not begin as an answer will never become one.
  constexpr std::string_view kStart = "HTTP/1.";
  if (const auto n = std::min(bytes.size(), kStart.size());
      bytes.substr(0, n) != kStart.substr(0, n)) {
    return Parse::bad;
  }
  std::string_view line;
  if (const Parse parsed = parse_common(bytes, line, out); parsed != Parse::done) return parsed;
  if (line.size() < 12) return Parse::bad;
  const auto [p, error] = std::from_chars(line.data() + 9, line.data() + 12, out.status);
  return error == std::errc{} && p == line.data() + 12 ? Parse::done : Parse::bad;
}

Parse ChunkedDecoder::feed(std::string_view bytes, std::size_t& consumed, std::string& out) {
  std::size_t i = 0;
  while (i < bytes.size()) {
    const char c = bytes[i];
    switch (state_) {
      case State::size:
      case State::extension:
        ++i;
        if (c == '\n') {
          if (digits_ == 0) return Parse::bad;
          state_ = left_ == 0 ? State::trailer : State::data;
          digits_ = 0;
          line_has_text_ = false;
        } else if (state_ == State::size && hex_value(c) >= 0) {
          if (++digits_ > 15) return Parse::bad;
          left_ = left_ * 16 + static_cast<std::uint64_t>(hex_value(c));
        } else if (c == ';') {
          state_ = State::extension;
        } else if (state_ == State::size && c != '\r') {
          return Parse::bad;
        }
        break;
      case State::data: {
        const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - i));
        out.append(bytes.substr(i, n));
        i += n;
        left_ -= n;
        if (left_ == 0) state_ = State::data_end;
        break;
      }
      case State::data_end:
        ++i;
        if (c == '\n')
          state_ = State::size;
        else if (c != '\r')
          return Parse::bad;
        break;
      case State::trailer:
        ++i;
        if (c == '\n') {
          if (!line_has_text_) {
            consumed = i;
            return Parse::done;
          }
          line_has_text_ = false;
        } else if (c != '\r') {
          line_has_text_ = true;
        }
        break;
    }
  }
  consumed = i;
  return Parse::more;
}

void append_chunk(std::string& out, std::string_view data) {
  char size[20];
  const auto [end, error] = std::to_chars(size, size + sizeof size, data.size(), 16);
  out.append(size, end).append("\r\n").append(data).append("\r\n");
}

void append_escaped(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (u < 0x20) {
      out.append("\\u00").push_back(kHex[u >> 4]);
      out.push_back(kHex[u & 15]);
    } else {
      out.push_back(c);
    }
  }
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  append_escaped(out, text);
  out.push_back('"');
  return out;
}

}  // namespace maester::rig
