#include "codec/sse.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace maester::sse {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// The place of the first LF or CR at or after `from`, or the text's size.
std::size_t find_line_end(std::string_view text, std::size_t from) {
#if defined(__SSE2__)
  for (; text.size() - from >= 16; from += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + from));
    const __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')),
                                      _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\r')));
    const auto mask = static_cast<std::uint32_t>(_mm_movemask_epi8(ends));
    if (mask != 0) return from + static_cast<std::size_t>(std::countr_zero(mask));
  }
#endif
  while (from < text.size() && text[from] != '\n' && text[from] != '\r') ++from;
  return from;
}

}  // namespace

void Decoder::feed(std::string_view bytes) {
  progressed_ = false;
  forget_delivered();
  buffer_.append(bytes);
}

// Drops the bytes of delivered events, so that what stays is one unfinished event.
void Decoder::forget_delivered() {
  if (event_begin_ == 0) return;
  buffer_.erase(0, event_begin_);
  const std::size_t gone = event_begin_;
  event_begin_ = 0;
  line_begin_ -= gone;
  scanned_ = std::max(scanned_, gone) - gone;
  for (Range* range : {&type_, &first_data_, &id_}) {
    if (range->size != 0) range->from -= gone;
  }
}

Result<bool> Decoder::next(Event& event) {
  if (failed_) return too_long();
  for (;;) {
    const std::size_t end = find_line_end(buffer_, std::max(scanned_, line_begin_));
    scanned_ = end;
    // A CR at the end of what has come may be half of a CRLF: the event's raw bytes must not depend
    // on the cut.
    const bool cr = end < buffer_.size() && buffer_[end] == '\r';
    if (end == buffer_.size() || (cr && end + 1 == buffer_.size())) {
      if (buffer_.size() - event_begin_ > max_event_) return too_long();
      return false;
    }
    const std::size_t after = end + (cr && buffer_[end + 1] == '\n' ? 2 : 1);
    if (take_line(end, after)) {
      if (after - event_begin_ > max_event_) return too_long();
      deliver(event);
      return true;
    }
  }
}

Result<bool> Decoder::finish(Event& event) {
  TRY_ASSIGN(const bool whole, next(event));
  if (whole) return true;
  if (line_begin_ < buffer_.size()) {
    const bool cr = buffer_.back() == '\r';
    take_line(buffer_.size() - (cr ? 1 : 0), buffer_.size());
  }
  if (!has_data_) return false;
  deliver(event);
  return true;
}

// Takes the line that ends at `end`; the next begins at `after`. True when it completes an event.
bool Decoder::take_line(std::size_t end, std::size_t after) {
  std::size_t begin = line_begin_;
  line_begin_ = after;
  if (!started_) {
    started_ = true;
    if (std::string_view(buffer_).substr(begin, end - begin).starts_with(kByteOrderMark))
      begin += 3;
  }
  if (begin == end) {
    if (has_data_) return true;
    type_ = id_ = {};  // an event without data is none; its bytes go to the next one's raw
    return false;
  }
  if (buffer_[begin] != ':') take_field(begin, end);
  return false;
}

void Decoder::take_field(std::size_t begin, std::size_t end) {
  progressed_ = true;
  const std::string_view line(buffer_.data() + begin, end - begin);
  const std::size_t colon = std::min(line.find(':'), line.size());
  const std::string_view name = line.substr(0, colon);
  std::size_t from = std::min(begin + colon + 1, end);
  if (from < end && buffer_[from] == ' ') ++from;
  const Range value{from, end - from};
  if (name == "data") {
    take_data(value);
  } else if (name == "event") {
    type_ = value;
  } else if (name == "id" && view(value).find('\0') == std::string_view::npos) {
    id_ = value;
  }
}

// One data line stays where it is; from the second on they are joined in joined_.
void Decoder::take_data(Range value) {
  if (!has_data_) {
    has_data_ = true;
    first_data_ = value;
    return;
  }
  if (!is_joined_) joined_.assign(view(first_data_));
  is_joined_ = true;
  joined_ += '\n';
  joined_ += view(value);
}

void Decoder::deliver(Event& event) {
  event.type = view(type_);
  event.data = is_joined_ ? std::string_view(joined_) : view(first_data_);
  event.id = view(id_);
  event.raw = std::string_view(buffer_).substr(event_begin_, line_begin_ - event_begin_);
  event_begin_ = line_begin_;
  type_ = first_data_ = id_ = {};
  has_data_ = is_joined_ = false;
}

std::unexpected<Error> Decoder::too_long() {
  failed_ = true;
  return fail(Code::too_large,
              "An event of the stream is longer than " + std::to_string(max_event_) + " bytes.");
}

void append_event(std::string& out, std::string_view type, std::string_view data) {
  if (!type.empty()) {
    out += "event: ";
    for (const char c : type) {
      if (c != '\n' && c != '\r') out += c;
    }
    out += '\n';
  }
  for (;;) {
    const std::size_t end = find_line_end(data, 0);
    out += "data: ";
    out += data.substr(0, end);
    out += '\n';
    if (end == data.size()) break;
    data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  out += '\n';
}

}  // namespace maester::sse
