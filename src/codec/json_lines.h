// Newline-delimited JSON (application/x-ndjson), cut into its lines incrementally from any cut of
// the byte stream. Lines end with LF or CRLF; blank ones are passed over. The values are not read
// here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/sse.h"

namespace maester::json {

// The same way of use as sse::Decoder, whose Event it fills: `data` is the line, `type` "".
class LineDecoder {
 public:
  // A line with more bytes than this is an error, for good: Code::too_large.
  explicit LineDecoder(std::size_t max_line = 1 << 20) : max_line_(max_line) {}

  void feed(std::string_view bytes);
  Result<bool> next(sse::Event& event);
  // At the end of the stream, until it answers false: a last line without its end counts.
  Result<bool> finish(sse::Event& event);
  // True once a line that is not blank was completed since the last feed().
  bool progressed() const { return progressed_; }

 private:
  bool take(std::size_t end, std::size_t after, sse::Event& event);
  Result<bool> too_long();
  std::size_t max_line_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of the line that is not delivered yet
  std::size_t scanned_ = 0;  // no line end stands between begin_ and here
  bool progressed_ = false, failed_ = false;
};

}  // namespace maester::json
