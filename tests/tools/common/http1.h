// Just enough HTTP/1.1 for a provider that misbehaves and a client that measures: heads and the
// chunked coding. Incremental, over bytes that the caller owns; lenient where leniency cannot hide
// a fault.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace maester::rig {

enum class Parse : std::uint8_t { more, done, bad };

// Views into the bytes that were parsed.
struct Head {
  std::string_view method, target;  // of a request
  int status = 0;                   // of a response
  std::string_view fields;          // the header lines
  std::size_t length = 0;           // bytes of the head, blank line included
  std::uint64_t content_length = 0;
  bool has_content_length = false;
  bool chunked = false;
  bool keep_alive = true;

  // The value of a field, "" when absent. `name` in lower case.
  std::string_view field(std::string_view name) const;
};

Parse parse_request_head(std::string_view bytes, Head& out);
Parse parse_response_head(std::string_view bytes, Head& out);

// Takes a chunked body apart.
class ChunkedDecoder {
 public:
  // Appends the decoded part of `bytes` to `out` and sets `consumed`; done after the last chunk and
  // its trailers.
  Parse feed(std::string_view bytes, std::size_t& consumed, std::string& out);
  void reset() { *this = ChunkedDecoder(); }

 private:
  enum class State : std::uint8_t { size, extension, data, data_end, trailer };
  State state_ = State::size;
  std::uint64_t left_ = 0;
  int digits_ = 0;
  bool line_has_text_ = false;
};

// `data` as one chunk of the coding.
void append_chunk(std::string& out, std::string_view data);

// The body of a JSON string literal for `text` (no quotes); bytes that are not ASCII pass as they
// are.
void append_escaped(std::string& out, std::string_view text);
std::string quoted(std::string_view text);

}  // namespace maester::rig
