#include "wire/chunked.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "wire/http_chars.h"

namespace maester::wire {
namespace {

constexpr std::uint8_t kMaxDigits = 15;  // the size fits 60 bits
constexpr std::uint32_t kMaxTrailers = 8 * 1024;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

ChunkDecoder::Step ChunkDecoder::decode(std::span<char> bytes) {
  Step step;
  while (step.consumed < bytes.size() && !done() && !failed()) {
    if (state_ != State::data) {
      framing_byte(bytes[step.consumed++]);
      continue;
    }
    const std::size_t n =
        static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - step.consumed));
    std::memmove(bytes.data() + step.produced, bytes.data() + step.consumed, n);
    step.consumed += n;
    step.produced += n;
    left_ -= n;
    if (left_ == 0) state_ = State::data_cr;
  }
  return step;
}

void ChunkDecoder::framing_byte(char c) {
  const auto expect = [&](char wanted, State next) { state_ = c == wanted ? next : State::failed; };
  switch (state_) {
    case State::size:
      size_byte(c);
      return;
    case State::size_lf:
      digits_ = 0;
      expect('\n', left_ > 0 ? State::data : State::trailer);
      return;
    case State::data_cr:
      expect('\r', State::data_lf);
      return;
    case State::data_lf:
      expect('\n', State::size);
      return;
    case State::trailer:
      trailer_byte(c);
      return;
    case State::trailer_lf:
      expect('\n', trailer_line_ == 0 ? State::done : State::trailer);
      trailer_line_ = 0;
      trailer_named_ = false;
      return;
    case State::data:
    case State::done:
    case State::failed:
      return;
  }
}

void ChunkDecoder::size_byte(char c) {
  if (c == '\r' && digits_ > 0) {
    state_ = State::size_lf;
    return;
  }
  const int digit = hex_value(c);
  if (digit < 0 || digits_ == kMaxDigits) {
    state_ = State::failed;
    return;
  }
  left_ = (digits_ == 0 ? 0 : left_ * 16) + static_cast<std::uint64_t>(digit);
  ++digits_;
}

void ChunkDecoder::trailer_byte(char c) {
  if (c == '\r') {
    // A line is empty (the end) or a field.
    state_ = trailer_line_ == 0 || trailer_named_ ? State::trailer_lf : State::failed;
    return;
  }
  const std::string_view byte(&c, 1);
  const bool colon = c == ':' && !trailer_named_ && trailer_line_ > 0;
  const bool fine = trailer_named_ ? is_field_value(byte) : colon || is_token(byte);
  if (!fine || ++trailer_total_ > kMaxTrailers) {
    state_ = State::failed;
    return;
  }
  ++trailer_line_;
  trailer_named_ = trailer_named_ || colon;
}

}  // namespace maester::wire
