// The strict gate: heads of requests and responses (RFC 9112), read incrementally. Whatever leaves
// framing in doubt is an error, never a guess (RULES.md §7).
//
// parse() is given all bytes of the head that have arrived so far, from its first byte, each time
// more came; the result depends on those bytes only, not on how they were split. Pure, no I/O;
// memory is reused from one head to the next.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "wire/http.h"

namespace maester::wire {

enum class Framing : std::uint8_t { none, length, chunked, until_close };
enum class ParseState : std::uint8_t { more, done, failed };

// Why a head was refused. All text is fixed.
struct HeadError {
  int status = 400;
  std::string_view code = "invalid_request";
  std::string_view message;
};

struct RequestHead {
  std::string method;
  std::string target;  // origin-form or "*"; of an absolute-form the path and query
  std::size_t path_size = 0;
  Headers headers;
  Framing framing = Framing::none;
  std::uint64_t content_length = 0;
  int minor_version = 1;
  bool keep_alive = true;
  bool expect_continue = false;

  std::string_view path() const { return std::string_view(target).substr(0, path_size); }
  std::string_view query() const {
    return path_size < target.size() ? std::string_view(target).substr(path_size + 1)
                                     : std::string_view();
  }
  void clear();
};

struct ResponseHead {
  int status = 0;
  Headers headers;
  Framing framing = Framing::none;
  std::uint64_t content_length = 0;
  bool keep_alive = true;

  void clear();
};

// Takes whole lines off the front of a growing text.
class LineScanner {
 public:
  enum class Found : std::uint8_t { none, line, bad };
  // `line` without its CRLF; what there is of it when none. Bad: a LF without its CR.
  Found next(std::string_view bytes, std::string_view& line);
  std::size_t consumed() const { return start_; }  // bytes of the lines given out
  void reset() { start_ = scanned_ = 0; }

 private:
  std::size_t start_ = 0;
  std::size_t scanned_ = 0;
};

class RequestParser {
 public:
  explicit RequestParser(const ServerLimits& limits) : limits_(limits) {}
  // REQUIRES: `head` is the same, cleared object until the state is not `more`.
  ParseState parse(std::string_view bytes, RequestHead& head);
  std::size_t consumed() const { return lines_.consumed(); }  // when done
  const HeadError& error() const { return error_; }
  void reset();

 private:
  ParseState refuse(int status, std::string_view message);
  ParseState refuse_long_line();
  bool request_line(std::string_view line, RequestHead& head);
  bool target(std::string_view text, RequestHead& head);
  bool field(std::string_view line, RequestHead& head);
  bool framing_field(std::string_view name, std::string_view value, RequestHead& head);
  ParseState finish(RequestHead& head);

  const ServerLimits& limits_;
  LineScanner lines_;
  HeadError error_;
  std::string absolute_authority_;  // without a scheme's own port
  std::string_view absolute_port_;
  bool have_line_ = false;
  bool skipped_empty_line_ = false;
  std::size_t fields_begin_ = 0;
  int hosts_ = 0;
  bool has_length_ = false;
  bool has_coding_ = false;
};

class ResponseParser {
 public:
  ResponseParser(std::size_t max_head, bool head_request)
      : max_head_(max_head), head_request_(head_request) {}
  ParseState parse(std::string_view bytes, ResponseHead& head);
  std::size_t consumed() const { return lines_.consumed(); }
  std::string_view error() const { return error_; }
  void reset();

 private:
  ParseState refuse(std::string_view message);
  bool status_line(std::string_view line, ResponseHead& head);
  bool field(std::string_view line, ResponseHead& head);
  ParseState finish(ResponseHead& head);

  std::size_t max_head_;
  bool head_request_;
  LineScanner lines_;
  std::string_view error_;
  int minor_version_ = 1;
  bool have_line_ = false;
  bool has_length_ = false;
  bool has_coding_ = false;
};

}  // namespace maester::wire
