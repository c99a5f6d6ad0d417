// The chunked transfer coding (RFC 9112 §7.1), strictly: hexadecimal size, CR LF, no extensions;
// trailers are checked and dropped. Incremental; the result does not depend on how the bytes were
// split. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace maester::wire {

class ChunkDecoder {
 public:
  struct Step {
    std::size_t consumed = 0;  // bytes read off the front of the input
    std::size_t produced = 0;  // payload bytes, now at the front of the input's memory
  };
  // Decodes in place: payload is moved together to the front of `bytes`. Stops after the last
  // chunk's end, so that what follows (the next message) is not consumed. After a failure or the
  // end nothing more is consumed.
  Step decode(std::span<char> bytes);
  bool done() const { return state_ == State::done; }
  bool failed() const { return state_ == State::failed; }
  void reset() { *this = ChunkDecoder(); }

 private:
  enum class State : std::uint8_t {
    size,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer,
    trailer_lf,
    done,
    failed
  };
  void framing_byte(char c);
  void size_byte(char c);
  void trailer_byte(char c);

  State state_ = State::size;
  std::uint8_t digits_ = 0;
  bool trailer_named_ = false;  // a colon was seen in this trailer line
  std::uint32_t trailer_line_ = 0;
  std::uint32_t trailer_total_ = 0;
  std::uint64_t left_ = 0;
};

}  // namespace maester::wire
