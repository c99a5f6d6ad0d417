// Asks many lines at a time of Maester's own data plane and says when each is over. How many at a
// time follows what comes back: additive increase, multiplicative decrease (Chiu and Jain 1989,
// "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance"), as RULES.md §9 has
// it for upstreams: x 0.7 and a pause as long as the answer asks for on 429 and 503, + 1 for as
// many good answers as there are at a time.
//
// Used by one thread; the answers come on others.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "gateway/loopback.h"

namespace maester::batches {

class Asker {
 public:
  // `most` at a time; both outlive it.
  Asker(gateway::Loopback& loopback, const Clock& clock, std::size_t most)
      : loopback_(loopback), clock_(clock), most_(most), window_(static_cast<double>(most)) {}
  // Cancels what is on its way and waits for it.
  ~Asker();
  Asker(const Asker&) = delete;

  // Whether a further line may be asked now.
  bool has_room() const;
  void ask(std::int64_t line, gateway::LoopbackAsk ask);
  std::size_t under_way() const { return tickets_.size(); }

  struct Answer {
    std::int64_t line = 0;
    gateway::LoopbackReply reply;
  };
  // What came since the last call; waits at most so long when nothing has. Moves the window.
  std::vector<Answer> wait(milliseconds patience);

  std::size_t window() const { return static_cast<std::size_t>(window_); }

 private:
  struct UnderWay {
    std::shared_ptr<gateway::LoopbackTicket> ticket;
    std::uint64_t era = 0;  // of the window when it was asked
  };
  // Shared with the answers' threads.
  struct Mail {
    std::mutex mutex;
    std::condition_variable came;
    std::vector<Answer> answers;
  };
  void learn(const gateway::LoopbackReply& reply, std::uint64_t era);

  gateway::Loopback& loopback_;
  const Clock& clock_;
  const std::size_t most_;
  double window_;
  std::uint64_t era_ = 0;  // counts the decreases
  MonoTime paused_until_{};
  std::map<std::int64_t, UnderWay> tickets_;  // by line
  std::shared_ptr<Mail> mail_ = std::make_shared<Mail>();
};

// What a reply means for its line.
enum class Verdict : std::uint8_t {
  answered,     // 2xx
  failed,       // for good: it goes to the error file as it is
  busy,         // a limit or an overload: asked again, however often
  broken,       // a fault on the way: asked again a few times
  unknown,      // an earlier process was asked and may have paid
  in_progress,  // an earlier ask of the line still runs
  stopping      // the process stops
};
Verdict verdict_of(const gateway::LoopbackReply& reply);

}  // namespace maester::batches
