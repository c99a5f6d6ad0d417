#include "codec/json_lines.h"

#include <algorithm>

namespace maester::json {

void LineDecoder::feed(std::string_view bytes) {
  progressed_ = false;
  if (failed_) return;
  buffer_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  buffer_ += bytes;
}

bool LineDecoder::take(std::size_t end, std::size_t after, sse::Event& event) {
  const std::string_view raw = std::string_view(buffer_).substr(begin_, after - begin_);
  std::string_view line = std::string_view(buffer_).substr(begin_, end - begin_);
  begin_ = scanned_ = after;
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t'))
    line.remove_suffix(1);
  if (line.find_first_not_of(" \t") == std::string_view::npos) return false;
  event = sse::Event{{}, line, {}, raw};
  progressed_ = true;
  return true;
}

Result<bool> LineDecoder::too_long() {
  failed_ = true;
  buffer_.clear();
  begin_ = scanned_ = 0;
  return fail(Code::too_large, "The provider sent a stream line that is longer than allowed.");
}

Result<bool> LineDecoder::next(sse::Event& event) {
  while (!failed_) {
    const std::size_t end = buffer_.find('\n', scanned_);
    const std::size_t size = std::min(end, buffer_.size()) - begin_;
    if (size > max_line_) return too_long();
    if (end == std::string::npos) {
      scanned_ = buffer_.size();
      return false;
    }
    if (take(end, end + 1, event)) return true;
  }
  return fail(Code::too_large, "The provider sent a stream line that is longer than allowed.");
}

Result<bool> LineDecoder::finish(sse::Event& event) {
  TRY_ASSIGN(const bool more, next(event));
  if (more) return true;
  if (begin_ == buffer_.size()) return false;
  return take(buffer_.size(), buffer_.size(), event);
}

}  // namespace maester::json
