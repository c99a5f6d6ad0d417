// Server-sent events (WHATWG HTML §9.2), decoded incrementally from any cut of the byte stream.
//
// Differences that real providers force, all deliberate:
//   * lines end with LF, CR or CRLF in any mixture, also cut between CR and LF;
//   * `data:` may stand before `event:`;  a byte-order mark at the very start is dropped;
//   * an event is also delivered when the stream ends without its blank line: finish() says so;
//   * `raw` keeps the event's bytes, comments in front of it included, for a same-protocol
//   pass-through.
// The events, their raw bytes included, do not depend on where the stream is cut; hence a lone CR
// that ends what has come so far is not acted on before the next byte. An event without a data line
// is none (as the standard says).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace maester::sse {

struct Event {
  std::string_view type;  // "" when no event: field
  std::string_view data;  // data lines joined by LF
  std::string_view id;    // of this event only
  std::string_view raw;   // every byte since the previous event, blank line included
};

class Decoder {
 public:
  // An event with more bytes than this (comments in front of it included) is an error:
  // Code::too_large, for good (RULES.md: 1 MiB from a provider). It is also what bounds the memory,
  // but for what one feed() brings.
  explicit Decoder(std::size_t max_event = 1 << 20) : max_event_(max_event) {}

  // Takes all of `bytes`; next() then yields events until it answers false. An Event's views live
  // until the next call of feed(), next() or finish().
  void feed(std::string_view bytes);
  Result<bool> next(Event& event);
  // At the end of the stream, in place of next(), until it answers false: yields what is left, an
  // event without its blank line and an incomplete line included.
  Result<bool> finish(Event& event);

  // True once any line with a field was seen since the last feed(): what resets an idle timer
  // (comments do not).
  bool progressed() const { return progressed_; }
  // The bytes that belong to no delivered event yet; after finish(), trailing comments and blank
  // lines.
  std::string_view rest() const { return std::string_view(buffer_).substr(event_begin_); }

 private:
  struct Range {
    std::size_t from = 0;
    std::size_t size = 0;
  };
  void forget_delivered();
  bool take_line(std::size_t end, std::size_t after);
  void take_field(std::size_t begin, std::size_t end);
  void take_data(Range value);
  void deliver(Event& event);
  std::unexpected<Error> too_long();
  std::string_view view(Range range) const { return {buffer_.data() + range.from, range.size}; }

  std::size_t max_event_;
  std::string buffer_;
  std::size_t event_begin_ = 0;  // start of the current event's raw bytes
  std::size_t line_begin_ = 0;   // start of the current line
  std::size_t scanned_ = 0;      // no line end stands between line_begin_ and here
  Range type_, first_data_, id_;
  std::string joined_;  // the data when it has several lines
  bool has_data_ = false, is_joined_ = false, started_ = false, progressed_ = false,
       failed_ = false;
};

// Appends "event: T\ndata: D\n\n"; data with line breaks becomes several data lines; type "" leaves
// the field out.
void append_event(std::string& out, std::string_view type, std::string_view data);

}  // namespace maester::sse
