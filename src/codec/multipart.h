// multipart/form-data (RFC 7578): of a body that is there whole, whose parts are views into it, or
// of one that comes in pieces. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace maester::multipart {

struct Part {
  std::string name;          // of the form's field
  std::string file_name;     // "" = none; as sent: a name to show, never a path
  std::string content_type;  // "" = not said
  std::string_view content;
};

// The boundary of a content-type header; "" when the header is not multipart/form-data with one.
std::string boundary_of(std::string_view content_type);

// Code::invalid_request for a body that is not as its boundary says, or has more than `max_parts`.
Result<std::vector<Part>> parse(std::string_view body, std::string_view boundary,
                                std::size_t max_parts = 1'000);

// What a Reader finds, in its order: begin() with the part's head (no content), its content in any
// cut, end(). The first failure ends the reading.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual Status begin(const Part& head) = 0;
  virtual Status content(std::string_view bytes) = 0;
  virtual Status end() = 0;
};

// Takes the body in pieces, however they are cut; holds about a part's head of it at most.
class Reader {
 public:
  explicit Reader(std::string_view boundary, std::size_t max_parts = 1'000);
  // Code::invalid_request as parse(), or what the sink failed with; not to be fed after it.
  Status feed(std::string_view bytes, Sink& sink);
  // After the last piece: fails unless the last boundary came.
  Status finish() const;

 private:
  enum class State : std::uint8_t { first, behind, head, content, done };
  Result<bool> step(Sink& sink);  // false: more bytes are needed
  Result<bool> read_part_head(Sink& sink);
  Result<bool> pass_on(Sink& sink);
  const std::string next_;  // CR LF "--" boundary
  const std::size_t max_parts_;
  std::string buffer_;     // not taken yet
  std::size_t taken_ = 0;  // of it
  std::size_t parts_ = 0;
  State state_ = State::first;
  bool content_begins_ = false;  // the line end of the part's head stands before it
};

}  // namespace maester::multipart
