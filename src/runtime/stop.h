// Cooperative cancellation on one core: a StopSource is asked once, its callbacks run then and
// there, in order of registration. Not thread-safe: a source, its tokens and callbacks live on one
// core (post to it from elsewhere).
//
// A source outlives its tokens; a callback may outlive its source (it then never runs).
//
// A chain: StopSource child(parent_token) is stopped with its parent.
#pragma once

#include <functional>
#include <optional>

namespace maester::runtime {

class StopSource;

// Copyable view; a default one never stops.
class StopToken {
 public:
  StopToken() = default;
  bool stop_requested() const;

 private:
  friend class StopSource;
  friend class StopCallback;
  explicit StopToken(StopSource* source) : source_(source) {}
  StopSource* source_ = nullptr;
};

// Runs `action` when the token's source stops (at once, if it has); unregisters when destroyed.
// Pinned in memory.
class StopCallback {
 public:
  StopCallback(StopToken token, std::function<void()> action);
  ~StopCallback();
  StopCallback(const StopCallback&) = delete;
  StopCallback& operator=(const StopCallback&) = delete;

 private:
  friend class StopSource;
  std::function<void()> action_;
  StopSource* source_ = nullptr;
  StopCallback* next_ = nullptr;
  StopCallback* previous_ = nullptr;
};

class StopSource {
 public:
  StopSource() = default;
  explicit StopSource(StopToken parent);
  ~StopSource();
  StopSource(const StopSource&) = delete;
  StopSource& operator=(const StopSource&) = delete;

  StopToken token() { return StopToken(this); }
  bool stop_requested() const { return stopped_; }
  void request_stop();

 private:
  friend class StopCallback;
  bool stopped_ = false;
  bool* destroyed_ = nullptr;  // set while callbacks run: one of them may end this source
  StopCallback* first_ = nullptr;
  StopCallback* last_ = nullptr;
  std::optional<StopCallback> parent_link_;
};

}  // namespace maester::runtime
