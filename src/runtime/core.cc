#include "runtime/core.h"

#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <utility>

#include "runtime/suspension.h"
#include "runtime/timer_wheel.h"
#include "runtime/turn_end.h"

namespace maester::runtime {

class TurnEnds {
 public:
  bool empty() const { return asked_.empty(); }
  void add(TurnEnd& work) {
    if (!std::exchange(work.queued_, true)) asked_.push_back(&work);
  }
  // False when there was nothing to do.
  bool run() {
    if (asked_.empty()) return false;
    running_.swap(asked_);
    for (TurnEnd* work : running_) {
      work->queued_ = false;
      work->at_turn_end();
    }
    running_.clear();
    return true;
  }

 private:
  std::vector<TurnEnd*> asked_, running_;
};

namespace {

thread_local Core* current_core = nullptr;
thread_local TurnEnds* current_turn_ends = nullptr;
constexpr int kMaxEvents = 256;
constexpr int kMaxRounds = 4;  // of turn ends and what they woke, before I/O has its turn

// A peer that is gone is an error of the write, never a signal.
void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

void at_turn_end(TurnEnd& work) {
  current_turn_ends->add(work);
}

void ReadyNode::unlink() {
  if (next_ == nullptr) return;
  next_->previous_ = previous_;
  previous_->next_ = next_;
  next_ = previous_ = nullptr;
}

struct Core::Impl {
  explicit Impl(MonoTime now)
      : wheel(now),
        epoll(epoll_create1(EPOLL_CLOEXEC)),
        wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (epoll < 0 || wake < 0) std::abort();  // no descriptors at start-up: nothing can work
    epoll_event event{};
    event.events = EPOLLIN;
    epoll_ctl(epoll, EPOLL_CTL_ADD, wake, &event);
    ready.next_ = ready.previous_ = &ready;
  }
  ~Impl() {
    while (ready.next_ != &ready) ready.next_->unlink();
    close(epoll);
    close(wake);
  }
  Impl(const Impl&) = delete;

  void run_inbox() {
    if (!inbox_used.load(std::memory_order_acquire)) return;
    {
      const std::lock_guard lock(mutex);
      working.swap(inbox);
      inbox_used.store(false, std::memory_order_relaxed);
    }
    for (std::function<void()>& work : working) work();
    working.clear();
  }

  // Resumes what is ready now; what becomes ready meanwhile waits for the next turn, so that I/O is
  // not starved.
  void run_ready() {
    if (ready.next_ == &ready) return;
    ReadyNode batch;
    batch.next_ = ready.next_;
    batch.previous_ = ready.previous_;
    batch.next_->previous_ = batch.previous_->next_ = &batch;
    ready.next_ = ready.previous_ = &ready;
    while (batch.next_ != &batch) {
      ReadyNode* node = batch.next_;
      node->unlink();
      node->coroutine_.resume();
    }
  }

  int timeout_ms(const Clock& clock) {
    if (ready.next_ != &ready || !turn_ends.empty() || stopping.load(std::memory_order_relaxed))
      return 0;
    const std::optional<MonoTime> next = wheel.next();
    if (!next) return -1;
    const nanoseconds left = *next - clock.mono();
    if (left <= nanoseconds{0}) return 0;
    return static_cast<int>(std::chrono::ceil<milliseconds>(left).count());
  }

  void wait(int timeout) {
    if (timeout != 0) {
      // Pairs with post(): either it sees that we sleep and wakes us, or we see its work.
      sleeping.store(true, std::memory_order_seq_cst);
      if (inbox_used.load(std::memory_order_seq_cst)) timeout = 0;
    }
    event_count = std::max(epoll_wait(epoll, events.data(), kMaxEvents, timeout), 0);
    sleeping.store(false, std::memory_order_relaxed);
  }

  void dispatch() {
    for (event_next = 0; event_next < event_count;) {
      const epoll_event& event = events[static_cast<std::size_t>(event_next++)];
      if (event.data.ptr != nullptr) {
        static_cast<Watched*>(event.data.ptr)->on_events(event.events);
      } else if (event.events != 0) {
        std::uint64_t count = 0;
        [[maybe_unused]] const ssize_t n = read(wake, &count, sizeof count);
      }
    }
    event_count = event_next = 0;
  }

  TimerWheel wheel;
  int epoll;
  int wake;
  std::array<epoll_event, kMaxEvents> events{};
  int event_count = 0;  // of the batch being served
  int event_next = 0;
  ReadyNode ready;  // the list's ends
  TurnEnds turn_ends;

  std::mutex mutex;  // guards inbox
  std::vector<std::function<void()>> inbox;
  std::vector<std::function<void()>> working;
  std::atomic<bool> inbox_used{false};
  std::atomic<bool> sleeping{false};
  std::atomic<bool> stopping{false};
};

Core::Core(unsigned index, const Clock& clock, Random& random)
    : index_(index),
      clock_(clock),
      ids_(clock, random),
      impl_(std::make_unique<Impl>(clock.mono())) {}

Core::~Core() = default;

Core* Core::current() {
  return current_core;
}

void Core::post(std::function<void()> work) {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->inbox.push_back(std::move(work));
    impl_->inbox_used.store(true, std::memory_order_seq_cst);
  }
  if (current_core != this && impl_->sleeping.exchange(false, std::memory_order_seq_cst)) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = write(impl_->wake, &one, sizeof one);
  }
}

void Core::resume(std::coroutine_handle<> coroutine) {
  post([coroutine] { coroutine.resume(); });
}

void Core::arm(Timer& timer, Deadline deadline) {
  disarm(timer);
  if (!deadline.is_never()) impl_->wheel.add(timer, deadline.time());
}

void Core::disarm(Timer& timer) {
  if (timer.armed()) impl_->wheel.remove(timer);
}

void Core::make_ready(ReadyNode& node) {
  if (node.next_ != nullptr) return;
  ReadyNode& end = impl_->ready;
  node.previous_ = end.previous_;
  node.next_ = &end;
  end.previous_->next_ = &node;
  end.previous_ = &node;
}

Status Core::watch(int fd, std::uint32_t events, Watched& watched) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &watched;
  if (epoll_ctl(impl_->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
    return fail(Code::io_error, "A descriptor could not be watched.", "", std::strerror(errno));
  }
  return {};
}

void Core::unwatch(int fd, Watched& watched) {
  epoll_ctl(impl_->epoll, EPOLL_CTL_DEL, fd, nullptr);
  for (int i = impl_->event_next; i < impl_->event_count; ++i) {
    epoll_event& event = impl_->events[static_cast<std::size_t>(i)];
    if (event.data.ptr == &watched) event = epoll_event{};
  }
}

Task<Status> Core::sleep(Wait wait) {
  Suspension pause(*this, wait);
  const Wake wake = co_await pause;
  co_return wake == Wake::deadline ? Status{} : wake_status(wake);
}

void Core::run_turn() {
  impl_->run_inbox();
  impl_->run_ready();
  for (int round = 0; round < kMaxRounds && impl_->turn_ends.run(); ++round) impl_->run_ready();
  impl_->wait(impl_->timeout_ms(clock_));
  impl_->dispatch();
  if (impl_->wheel.size() > 0) impl_->wheel.advance(now());
}

void Core::run() {
  block_sigpipe();
  Core* const outer = std::exchange(current_core, this);
  TurnEnds* const outer_ends = std::exchange(current_turn_ends, &impl_->turn_ends);
  running_.store(true, std::memory_order_release);
  while (!impl_->stopping.load(std::memory_order_acquire)) run_turn();
  running_.store(false, std::memory_order_release);
  current_turn_ends = outer_ends;
  current_core = outer;
}

void Core::stop() {
  post([this] { impl_->stopping.store(true, std::memory_order_release); });
}

}  // namespace maester::runtime
