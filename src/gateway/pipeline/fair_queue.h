// Who waits for room, and whose turn it is. After RFC 8290 (FQ-CoDel): a line for each tenant and
// priority, served in turn, and each line with its own controlled delay - one who floods the server
// waits behind himself. Interactive lines before batch lines. The delay is the simpler form of
// "Fail at Scale" (ACM Queue 13(8), 2015): who joins a line that was empty within the last 100 ms
// may wait long, who joins one that has stood for longer may wait 5 ms. So a burst is taken up, and
// a load that stays is refused early.
//
// Pure: times come from the caller. Not thread-safe.
#pragma once

#include <list>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "gateway/pipeline/overload.h"

namespace maester::gateway {

class FairQueue {
 public:
  static constexpr milliseconds kStanding{100};  // a line that has stood so long is no burst
  static constexpr milliseconds kImpatient{5};

  struct Waiter;

 private:
  struct Line {
    std::string tenant;
    MonoTime since;  // when it was empty last
    std::list<Waiter*> waiters;
  };
  using Lines = std::list<Line>;

 public:
  // Whoever waits: owned by its caller, and in the queue from push() until next(), longest() or
  // remove().
  struct Waiter {
    Waiter(std::string_view of, Priority with) : tenant(of), priority(with) {}
    Waiter(const Waiter&) = delete;
    std::string tenant;
    Priority priority;
    bool queued = false;

   private:
    friend class FairQueue;
    Lines::iterator line;
    std::list<Waiter*>::iterator place;
  };

  bool empty() const { return size() == 0; }
  bool empty(Priority of) const { return size(of) == 0; }
  std::size_t size() const { return of_[0].size + of_[1].size; }
  std::size_t size(Priority of) const { return of_[static_cast<std::size_t>(of)].size; }

  // How long somebody who joins now may wait, of `longest` at most.
  nanoseconds patience(std::string_view tenant, Priority priority, nanoseconds longest,
                       MonoTime now) const;
  void push(Waiter& waiter, MonoTime now);
  // Takes the next in turn out; null when none of that priority waits.
  Waiter* next(Priority of);
  void remove(Waiter& waiter);
  // Who must go so that `newcomer` can join a queue that is full: the last of the longest line,
  // batch first. Taken out; null when nobody, that is when the newcomer's own line is the longest.
  Waiter* give_way(std::string_view tenant, Priority priority);

 private:
  struct Class {
    Lines lines;  // in turn
    std::unordered_map<std::string, Lines::iterator> by_tenant;
    std::size_t size = 0;
  };
  Class& class_of(Priority of) { return of_[static_cast<std::size_t>(of)]; }
  Class of_[2];
};

}  // namespace maester::gateway
