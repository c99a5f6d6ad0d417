// Amazon's event stream encoding (application/vnd.amazon.eventstream, as documented in "Event
// stream encoding" of the Amazon Transcribe and Lex guides), decoded incrementally from any cut of
// the byte stream. A frame:
//
//   u32 total size | u32 size of the headers | u32 CRC-32 of these 8 | headers | payload | u32
//   CRC-32
//
// all big-endian; CRC-32 is IEEE 802.3's. A header: u8 size, name, u8 type, value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/sse.h"

namespace maester::aws {

std::uint32_t crc32(std::string_view bytes);

// The same way of use as sse::Decoder, whose Event it fills: `type` is the frame's :event-type,
// :exception-type or :error-code, `id` its :message-type ("event" | "exception" | "error"), `data`
// the payload (of an error without one: its :error-message).
class EventStreamDecoder {
 public:
  // A frame with more bytes than this is an error, for good, as is any frame that is not
  // well-formed or has a wrong checksum: nothing after it can be trusted. Code::too_large,
  // Code::upstream_error.
  explicit EventStreamDecoder(std::size_t max_frame = 1 << 20) : max_frame_(max_frame) {}

  void feed(std::string_view bytes);
  Result<bool> next(sse::Event& event);
  // At the end of the stream, in place of next(): Code::upstream_error when it ends inside a frame.
  Result<bool> finish(sse::Event& event);
  // True once a frame was completed since the last feed().
  bool progressed() const { return progressed_; }

 private:
  std::unexpected<Error> broken(Code code, const char* why);
  std::size_t max_frame_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of the frame that is not delivered yet
  bool progressed_ = false, failed_ = false;
};

// Appends a frame with string headers: for tests and tools.
struct FrameHeader {
  std::string_view name, value;
};
void append_frame(std::string& out, std::initializer_list<FrameHeader> headers,
                  std::string_view payload);

}  // namespace maester::aws
