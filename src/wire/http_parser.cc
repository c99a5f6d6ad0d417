#include "wire/http_parser.h"

#include <charconv>

#include "wire/head_fields.h"
#include "wire/http_chars.h"

namespace maester::wire {
namespace {

constexpr std::size_t kMaxMethod = 32;

bool is_target_text(std::string_view text) {
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u <= 0x20 || u >= 0x7f || c == '#' || c == '\\') return false;
  }
  return true;
}

// host [":" port]: names, IPv4 and bracketed IPv6, nothing else.
bool is_authority(std::string_view text) {
  if (text.empty()) return false;
  std::size_t end = 0;
  if (text.front() == '[') {
    end = text.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    for (const char c : text.substr(1, end - 1)) {
      if (!is_digit(c) && c != ':' && c != '.' && !(c >= 'a' && c <= 'f') &&
          !(c >= 'A' && c <= 'F')) {
        return false;
      }
    }
    ++end;
  } else {
    for (; end < text.size() && text[end] != ':'; ++end) {
      const char c = text[end];
      const bool fine = is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        c == '.' || c == '-' || c == '_' || c == '~';
      if (!fine) return false;
    }
    if (end == 0) return false;
  }
  if (end == text.size()) return true;
  const std::string_view port = text.substr(end + 1);
  return text[end] == ':' && !port.empty() && port.size() <= 5 &&
         std::all_of(port.begin(), port.end(), is_digit);
}

std::string_view without_port(std::string_view authority, std::string_view port) {
  const bool ends = authority.size() > port.size() && authority.ends_with(port);
  return ends ? authority.substr(0, authority.size() - port.size()) : authority;
}

}  // namespace

void RequestHead::clear() {
  method.clear();
  target.clear();
  path_size = 0;
  headers.clear();
  framing = Framing::none;
  content_length = 0;
  minor_version = 1;
  keep_alive = true;
  expect_continue = false;
}

LineScanner::Found LineScanner::next(std::string_view bytes, std::string_view& line) {
  const std::size_t end = bytes.find('\n', std::max(scanned_, start_));
  if (end == std::string_view::npos) {
    scanned_ = bytes.size();
    line = bytes.substr(start_);
    if (line.ends_with('\r')) line.remove_suffix(1);  // may be its end
    return Found::none;
  }
  if (end == start_ || bytes[end - 1] != '\r') {
    line = bytes.substr(start_, end - start_);
    return Found::bad;
  }
  line = bytes.substr(start_, end - 1 - start_);
  start_ = end + 1;
  return Found::line;
}

void RequestParser::reset() {
  lines_.reset();
  error_ = HeadError{};
  absolute_authority_.clear();
  have_line_ = skipped_empty_line_ = has_length_ = has_coding_ = false;
  fields_begin_ = 0;
  hosts_ = 0;
}

ParseState RequestParser::refuse(int status, std::string_view message) {
  error_ =
      HeadError{status, status == 431 || status == 414 ? "too_large" : "invalid_request", message};
  return ParseState::failed;
}

ParseState RequestParser::refuse_long_line() {
  if (!have_line_) return refuse(414, "The request line is too long.");
  return refuse(431, "The request's headers are too large.");
}

ParseState RequestParser::parse(std::string_view bytes, RequestHead& head) {
  for (;;) {
    const std::size_t before = lines_.consumed();
    const std::size_t max_line = have_line_ ? limits_.header_one : limits_.request_line;
    std::string_view line;
    const LineScanner::Found found = lines_.next(bytes, line);
    const std::size_t size = line.size();
    if (size > max_line) return refuse_long_line();
    if (have_line_ && before + size - fields_begin_ > limits_.headers_total) {
      return refuse_long_line();
    }
    if (found == LineScanner::Found::bad) {
      return refuse(400, "Lines of a request end with CR LF.");
    }
    if (found == LineScanner::Found::none) return ParseState::more;

    if (!have_line_) {
      if (line.empty() && !skipped_empty_line_) {  // RFC 9112 §2.2: one is let pass
        skipped_empty_line_ = true;
        continue;
      }
      if (!request_line(line, head)) return ParseState::failed;
      have_line_ = true;
      fields_begin_ = lines_.consumed();
    } else if (line.empty()) {
      return finish(head);
    } else if (!field(line, head)) {
      return ParseState::failed;
    }
  }
}

bool RequestParser::request_line(std::string_view line, RequestHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    refuse(400, "The request line is malformed.");
    return false;
  }
  const std::string_view method = line.substr(0, first);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(method) || method.size() > kMaxMethod) {
    refuse(400, "The request's method is malformed.");
    return false;
  }
  if (version.size() != 8 || !version.starts_with("HTTP/") || !is_digit(version[5]) ||
      version[6] != '.' || !is_digit(version[7])) {
    refuse(400, "The request's HTTP version is malformed.");
    return false;
  }
  if (version[5] != '1' || version[7] > '1') {
    refuse(505, "Only HTTP/1.1 and HTTP/1.0 are served here.");
    return false;
  }
  head.method.assign(method);
  head.minor_version = version[7] - '0';
  head.keep_alive = head.minor_version == 1;
  return target(line.substr(first + 1, last - first - 1), head);
}

bool RequestParser::target(std::string_view text, RequestHead& head) {
  const auto bad = [this] {
    refuse(400, "The request's target is malformed.");
    return false;
  };
  if (text.empty() || !is_target_text(text) || head.method == "CONNECT") return bad();
  if (text == "*") {
    if (head.method != "OPTIONS") return bad();
  } else if (text.front() != '/') {
    const bool tls = text.size() >= 8 && equals_ignore_case(text.substr(0, 8), "https://");
    if (!tls && !(text.size() >= 7 && equals_ignore_case(text.substr(0, 7), "http://"))) {
      return bad();
    }
    text.remove_prefix(tls ? 8 : 7);
    const std::size_t end = std::min(text.find_first_of("/?"), text.size());
    if (!is_authority(text.substr(0, end))) return bad();
    absolute_port_ = tls ? ":443" : ":80";
    absolute_authority_.assign(without_port(text.substr(0, end), absolute_port_));
    text.remove_prefix(end);
    if (text.empty() || text.front() == '?') head.target = "/";
  }
  head.target += text;
  head.path_size = std::min(head.target.find('?'), head.target.size());
  return true;
}

bool RequestParser::field(std::string_view line, RequestHead& head) {
  const std::optional<FieldLine> parsed = parse_field_line(line);
  if (!parsed || parsed->name.find('_') != std::string_view::npos) {
    refuse(400, "A header line of the request is malformed.");
    return false;
  }
  if (head.headers.size() >= limits_.header_count) {
    refuse(431, "The request has too many headers.");
    return false;
  }
  head.headers.append(parsed->name, parsed->value);
  return framing_field(parsed->name, parsed->value, head);
}

bool RequestParser::framing_field(std::string_view name, std::string_view value,
                                  RequestHead& head) {
  const auto bad = [this](std::string_view message) {
    refuse(400, message);
    return false;
  };
  switch (special_field(name)) {
    case SpecialField::host:
      if (++hosts_ > 1 || !is_authority(value)) return bad("The Host header is malformed.");
      if (!absolute_authority_.empty() &&
          !equals_ignore_case(absolute_authority_, without_port(value, absolute_port_))) {
        return bad("The request's target and its Host header differ.");
      }
      return true;
    case SpecialField::content_length:
      if (has_length_ || !parse_content_length(value, head.content_length)) {
        return bad("The Content-Length header is malformed.");
      }
      has_length_ = true;
      return true;
    case SpecialField::transfer_encoding:
      if (has_coding_ || value != "chunked") {
        return bad("The only transfer coding is `chunked`, once.");
      }
      has_coding_ = true;
      return true;
    case SpecialField::connection:
      if (list_has_token(value, "close")) head.keep_alive = false;
      return true;
    case SpecialField::expect:
      if (!equals_ignore_case(value, "100-continue")) {
        refuse(417, "The only expectation met here is 100-continue.");
        return false;
      }
      head.expect_continue = true;
      return true;
    case SpecialField::none:
      return true;
  }
  return true;
}

ParseState RequestParser::finish(RequestHead& head) {
  if (hosts_ == 0 && (head.minor_version == 1 || !absolute_authority_.empty())) {
    return refuse(400, "A request needs a Host header.");
  }
  if (has_coding_ && has_length_) {
    return refuse(400, "Content-Length and Transfer-Encoding exclude each other.");
  }
  if (has_coding_ && head.minor_version == 0) {
    return refuse(400, "HTTP/1.0 has no Transfer-Encoding.");
  }
  if (head.minor_version == 0) head.expect_continue = false;
  if (has_coding_) head.framing = Framing::chunked;
  if (has_length_) head.framing = Framing::length;
  return ParseState::done;
}

}  // namespace maester::wire
