#include "gateway/evidence/markers.h"

#include <charconv>

namespace maester::gateway {
namespace {

constexpr std::size_t kMaxMarker = 40;
constexpr std::size_t kMaxDigits = 4;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// The numbers of "[1, 2]"; empty when it is no marker.
std::vector<std::uint32_t> numbers_of(std::string_view marker) {
  std::vector<std::uint32_t> out;
  marker = marker.substr(1, marker.size() - 2);
  for (;;) {
    while (marker.starts_with(' ')) marker.remove_prefix(1);
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(marker.data(), marker.data() + marker.size(), number);
    const auto used = static_cast<std::size_t>(end - marker.data());
    if (error != std::errc{} || used > kMaxDigits) return {};
    out.push_back(number);
    marker.remove_prefix(used);
    while (marker.starts_with(' ')) marker.remove_prefix(1);
    if (marker.empty()) return out;
    if (!marker.starts_with(',')) return {};
    marker.remove_prefix(1);
  }
}

}  // namespace

// A whole bracket: a marker with what is known of it, or text.
void MarkerFilter::close(std::string& out) {
  const std::vector<std::uint32_t> numbers = numbers_of(held_);
  if (numbers.empty()) {
    out += held_;
    held_.clear();
    return;
  }
  std::string kept;
  for (const std::uint32_t number : numbers) {
    if (number < 1 || number > passages_) {
      ++dropped_;
      continue;
    }
    kept += (kept.empty() ? "" : ", ") + std::to_string(number);
  }
  held_.clear();
  if (!kept.empty()) out += "[" + kept + "]";
}

void MarkerFilter::take(char c, std::string& out) {
  if (!held_.empty()) {
    if (c == ']') {
      held_ += c;
      close(out);
      return;
    }
    const bool goes_on = is_digit(c) || ((c == ',' || c == ' ') && held_.size() > 1);
    if (goes_on && held_.size() < kMaxMarker) {
      held_ += c;
      return;
    }
    out += held_;
    held_.clear();
  }
  ticks_ = c == '`' ? ticks_ + 1 : 0;
  if (ticks_ == 3) fenced_ = !fenced_;
  if (c == '[' && !fenced_) {
    held_ = "[";
  } else {
    out += c;
  }
}

std::string MarkerFilter::feed(std::string_view text) {
  std::string out;
  out.reserve(held_.size() + text.size());
  for (const char c : text) take(c, out);
  return out;
}

std::string MarkerFilter::finish() {
  std::string out = std::move(held_);
  held_.clear();
  return out;
}

std::vector<Marker> find_markers(std::string_view text, std::size_t passages) {
  std::vector<Marker> out;
  int ticks = 0;
  bool fenced = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    ticks = text[i] == '`' ? ticks + 1 : 0;
    if (ticks == 3) fenced = !fenced;
    if (text[i] != '[' || fenced) continue;
    const std::size_t close = text.substr(0, i + kMaxMarker + 1).find(']', i);
    if (close == text.npos) continue;
    for (const std::uint32_t number : numbers_of(text.substr(i, close + 1 - i))) {
      if (number >= 1 && number <= passages) out.push_back({number, i, close + 1});
    }
  }
  return out;
}

}  // namespace maester::gateway
