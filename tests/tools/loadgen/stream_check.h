// Reads the events of one streamed answer: when its first content came, how long each stamped chunk
// was under way, whether any was lost, doubled, altered or of another stream, and how it ended.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "loadgen/histogram.h"

namespace maester::rig {

struct ChunkCounts {
  std::uint64_t events = 0, stamped = 0, lost = 0, repeated = 0, corrupt = 0, foreign = 0;
};

class StreamCheck {
 public:
  void begin();
  // Takes decoded body bytes that arrived at `now` (mono_ns).
  void feed(std::string_view bytes, std::uint64_t now, Histogram& delays, ChunkCounts& counts);
  // Counts what is missing of `expected` chunks (-1 = not known).
  void finish(std::int64_t expected, ChunkCounts& counts) const;

  bool any_event() const { return events_ > 0; }
  std::uint64_t events() const { return events_; }
  bool ended() const { return ended_; }  // [DONE], message_stop
  bool errored() const { return errored_; }

 private:
  void event(std::string_view text, std::uint64_t now, Histogram& delays, ChunkCounts& counts);
  void stamp(std::string_view text, std::uint64_t now, Histogram& delays, ChunkCounts& counts);

  std::string pending_;       // an event that is not whole
  std::size_t searched_ = 0;  // of pending_
  std::string id_;
  std::uint64_t next_ = 0;  // number that comes next
  std::uint64_t events_ = 0;
  bool ended_ = false, errored_ = false;
};

}  // namespace maester::rig
