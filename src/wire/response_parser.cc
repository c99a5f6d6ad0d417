#include "wire/head_fields.h"
#include "wire/http_chars.h"
#include "wire/http_parser.h"

namespace maester::wire {
namespace {

constexpr std::size_t kMaxFields = 256;

bool has_no_body(int status) {
  return status < 200 || status == 204 || status == 304;
}

}  // namespace

void ResponseHead::clear() {
  status = 0;
  headers.clear();
  framing = Framing::none;
  content_length = 0;
  keep_alive = true;
}

void ResponseParser::reset() {
  lines_.reset();
  error_ = {};
  minor_version_ = 1;
  have_line_ = has_length_ = has_coding_ = false;
}

ParseState ResponseParser::refuse(std::string_view message) {
  error_ = message;
  return ParseState::failed;
}

ParseState ResponseParser::parse(std::string_view bytes, ResponseHead& head) {
  for (;;) {
    std::string_view line;
    const LineScanner::Found found = lines_.next(bytes, line);
    const std::size_t read = found == LineScanner::Found::line ? lines_.consumed() : bytes.size();
    if (read > max_head_) return refuse("the head is too large");
    if (found == LineScanner::Found::bad) return refuse("a line does not end with CR LF");
    if (found == LineScanner::Found::none) return ParseState::more;
    if (!have_line_) {
      if (!status_line(line, head)) return ParseState::failed;
      have_line_ = true;
    } else if (line.empty()) {
      return finish(head);
    } else if (!field(line, head)) {
      return ParseState::failed;
    }
  }
}

bool ResponseParser::status_line(std::string_view line, ResponseHead& head) {
  const bool fine = line.size() >= 12 && line.starts_with("HTTP/1.") &&
                    (line[7] == '0' || line[7] == '1') && line[8] == ' ' && line[9] >= '1' &&
                    line[9] <= '9' && is_digit(line[10]) && is_digit(line[11]) &&
                    (line.size() == 12 || line[12] == ' ') && is_field_value(line);
  if (!fine) {
    refuse("the status line is malformed");
    return false;
  }
  minor_version_ = line[7] - '0';
  head.status = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
  head.keep_alive = minor_version_ == 1;
  return true;
}

bool ResponseParser::field(std::string_view line, ResponseHead& head) {
  const auto bad = [this](std::string_view message) {
    refuse(message);
    return false;
  };
  const std::optional<FieldLine> parsed = parse_field_line(line);
  if (!parsed) return bad("a header line is malformed");
  if (head.headers.size() >= kMaxFields) return bad("too many headers");
  head.headers.append(parsed->name, parsed->value);
  switch (special_field(parsed->name)) {
    case SpecialField::content_length:
      if (has_length_ || !parse_content_length(parsed->value, head.content_length)) {
        return bad("Content-Length is malformed or repeated");
      }
      has_length_ = true;
      return true;
    case SpecialField::transfer_encoding:
      if (has_coding_ || !equals_ignore_case(parsed->value, "chunked")) {
        return bad("an unknown transfer coding");
      }
      has_coding_ = true;
      return true;
    case SpecialField::connection:
      if (list_has_token(parsed->value, "close")) head.keep_alive = false;
      return true;
    case SpecialField::host:
    case SpecialField::expect:
    case SpecialField::none:
      return true;
  }
  return true;
}

ParseState ResponseParser::finish(ResponseHead& head) {
  if (has_length_ && has_coding_) return refuse("Content-Length together with Transfer-Encoding");
  if (has_coding_ && minor_version_ == 0) return refuse("HTTP/1.0 with Transfer-Encoding");
  if (head.status == 101) return refuse("an upgrade nobody asked for");
  if (head_request_ || has_no_body(head.status)) {
    head.framing = Framing::none;
  } else if (has_coding_) {
    head.framing = Framing::chunked;
  } else if (has_length_) {
    head.framing = Framing::length;
  } else {
    head.framing = Framing::until_close;
    head.keep_alive = false;
  }
  return ParseState::done;
}

}  // namespace maester::wire
