#include "loadgen/stream_check.h"

#include <charconv>

namespace maester::rig {
namespace {

// The text between `from` and `to`, "" when either is missing.
std::string_view between(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t begin = text.find(from);
  if (begin == std::string_view::npos) return {};
  const std::size_t end = text.find(to, begin + from.size());
  if (end == std::string_view::npos) return {};
  return text.substr(begin + from.size(), end - begin - from.size());
}

bool read_number(std::string_view text, std::uint64_t& out, int base = 10) {
  const auto [p, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc{} && p == text.data() + text.size() && !text.empty();
}

std::uint32_t checksum(std::string_view text) {
  std::uint32_t sum = 2166136261u;
  for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * 16777619u;
  return sum;
}

}  // namespace

void StreamCheck::begin() {
  pending_.clear();
  id_.clear();
  searched_ = next_ = events_ = 0;
  ended_ = errored_ = false;
}

void StreamCheck::feed(std::string_view bytes, std::uint64_t now, Histogram& delays,
                       ChunkCounts& counts) {
  pending_.append(bytes);
  std::size_t begin = 0;
  for (;;) {
    const std::size_t end = pending_.find("\n\n", std::max(begin, searched_));
    if (end == std::string::npos) break;
    event(std::string_view(pending_).substr(begin, end - begin), now, delays, counts);
    begin = end + 2;
    searched_ = begin;
  }
  pending_.erase(0, begin);
  searched_ = pending_.empty() ? 0 : pending_.size() - 1;
}

void StreamCheck::event(std::string_view text, std::uint64_t now, Histogram& delays,
                        ChunkCounts& counts) {
  if (text.starts_with(':')) return;
  ++events_;
  ++counts.events;
  if (text.starts_with("data: [DONE]") || text.starts_with("event: message_stop")) ended_ = true;
  if (text.starts_with("data: {\"error\"") || text.starts_with("event: error")) errored_ = true;
  if (const std::size_t at = text.find("[id="); at != std::string_view::npos) {
    stamp(text.substr(at), now, delays, counts);
  }
}

void StreamCheck::stamp(std::string_view text, std::uint64_t now, Histogram& delays,
                        ChunkCounts& counts) {
  ++counts.stamped;
  std::uint64_t index = 0, sent = 0, sum = 0;
  const std::string_view id = between(text, "[id=", " ");
  const std::size_t sum_at = text.find(" c=");
  if (sum_at == std::string_view::npos || !read_number(between(text, " n=", " "), index) ||
      !read_number(between(text, " t=", " "), sent) ||
      !read_number(between(text, " c=", "]"), sum, 16) || sum != checksum(text.substr(0, sum_at))) {
    ++counts.corrupt;
    return;
  }
  if (id_.empty()) id_ = id;
  if (id != id_) {
    ++counts.foreign;
    return;
  }
  if (index < next_) {
    ++counts.repeated;
  } else {
    counts.lost += index - next_;
    next_ = index + 1;
  }
  if (now > sent) delays.add(now - sent);
}

void StreamCheck::finish(std::int64_t expected, ChunkCounts& counts) const {
  if (expected >= 0 && next_ < static_cast<std::uint64_t>(expected)) {
    counts.lost += static_cast<std::uint64_t>(expected) - next_;
  }
}

}  // namespace maester::rig
