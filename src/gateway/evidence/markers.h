// The markers `[n]` of an answer, checked against the passages that it was given. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace maester::gateway {

// Drops markers that name no passage, and counts them; text may come in any cuts. A bracket that
// may still become a marker is held back until it is decided, at most a few bytes. "[2, 7]" and
// "[1][2]" are markers; "[a]", "[2024-01]" and "[OpenAI:x]" are text. Inside of code fences
// everything is text.
class MarkerFilter {
 public:
  explicit MarkerFilter(std::size_t passages) : passages_(passages) {}
  // What may go on.
  std::string feed(std::string_view text);
  std::string finish();
  std::int64_t dropped() const { return dropped_; }

 private:
  void take(char c, std::string& out);
  void close(std::string& out);
  std::size_t passages_;
  std::string held_;  // "[" and digits, commas, spaces
  int ticks_ = 0;     // backticks in a row
  bool fenced_ = false;
  std::int64_t dropped_ = 0;
};

struct Marker {
  std::uint32_t passage = 0;       // from 1
  std::size_t start = 0, end = 0;  // bytes of the text
};
// The markers of a filtered text, in order; "[1, 2]" gives two with one place.
std::vector<Marker> find_markers(std::string_view text, std::size_t passages);

}  // namespace maester::gateway
