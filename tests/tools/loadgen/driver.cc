#include "loadgen/driver.h"

#include <sys/socket.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <vector>

#include "common/line_file.h"
#include "loadgen/exchange.h"
#include "loadgen/requests.h"

namespace maester::rig {
namespace {

constexpr std::uint64_t kRetryConnect = 10 * kMillisecond;
constexpr std::uint64_t kSweepEvery = 50 * kMillisecond;

class Driver {
 public:
  explicit Driver(const Options& options)
      : options_(options),
        requests_(options),
        acks_(options.acks, options.sync),
        random_(options.seed) {}
  Results run();

 private:
  bool sending(std::uint64_t now) const {
    return !stop_requested() && now < end_ &&
           (options_.requests == 0 || number_ < options_.requests);
  }
  void pace(std::uint64_t now);
  Exchange* free_exchange(std::uint64_t now);
  void start(Exchange& x, std::uint64_t intended, std::uint64_t now);
  void handle(const epoll_event& event);
  void connected(Exchange& x);
  void write(Exchange& x);
  void read(Exchange& x);
  void complete(Exchange& x, std::uint64_t now);
  void fail(Exchange& x, std::string kind);
  void acknowledge(const Exchange& x, bool complete, bool cancelled, std::string_view error);
  void finish(Exchange& x, bool reusable);
  void sweep(std::uint64_t now);
  void reset_measurement(std::uint64_t now);

  const Options& options_;
  Requests requests_;
  LineFile acks_;
  std::mt19937_64 random_;
  Poller poller_;
  Results results_;
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  std::vector<Exchange*> idle_;
  std::deque<std::uint64_t> waiting_;  // open loop: due, but no connection was free
  std::vector<char> scratch_ = std::vector<char>(256 * 1024);
  std::uint64_t begin_ = 0, end_ = 0, measured_from_ = 0, next_due_ = 0, due_count_ = 0,
                next_sweep_ = 0;
  std::uint64_t number_ = 0, busy_ = 0;
  double cpu_before_ = 0;
};

Results Driver::run() {
  for (std::size_t i = 0; i < options_.connections; ++i) {
    exchanges_.push_back(std::make_unique<Exchange>());
    idle_.push_back(exchanges_.back().get());
  }
  std::ranges::reverse(idle_);
  begin_ = next_due_ = mono_ns();
  const auto span = [](double seconds) { return static_cast<std::uint64_t>(seconds * 1e9); };
  end_ = begin_ + span(options_.warmup_s + options_.duration_s);
  reset_measurement(begin_);
  const std::uint64_t warm = options_.warmup_s > 0 ? begin_ + span(options_.warmup_s) : kNever;
  bool warmed = options_.warmup_s <= 0;
  std::uint64_t stopped = 0;
  for (;;) {
    const std::uint64_t now = mono_ns();
    if (!warmed && now >= warm) {
      reset_measurement(now);
      warmed = true;
    }
    pace(now);
    sweep(now);
    acks_.flush();
    if (!sending(now)) {
      if (stopped == 0) stopped = now;
      if (busy_ == 0 || now > stopped + options_.timeout_ms * kMillisecond + 4 * kSweepEvery) break;
    }
    const bool timed = options_.rate > 0 && sending(now) && waiting_.empty();
    for (const epoll_event& event : poller_.wait(timed ? next_due_ : now + 20 * kMillisecond))
      handle(event);
  }
  results_.unsent += waiting_.size();
  const bool by_count = options_.requests > 0 && number_ >= options_.requests;
  const std::uint64_t until = by_count ? mono_ns() : std::min(stopped, end_);
  results_.seconds = static_cast<double>(until - std::min(until, measured_from_)) / 1e9;
  results_.cpu_seconds = own_cpu_seconds() - cpu_before_;
  acks_.flush();
  return std::move(results_);
}

void Driver::reset_measurement(std::uint64_t now) {
  results_ = Results{};
  measured_from_ = now;
  cpu_before_ = own_cpu_seconds();
}

// Starts whatever is due.
void Driver::pace(std::uint64_t now) {
  if (options_.rate <= 0) {
    while (sending(now)) {
      Exchange* x = free_exchange(now);
      if (x == nullptr) break;
      start(*x, now, now);
    }
    return;
  }
  while (!waiting_.empty()) {
    Exchange* x = free_exchange(now);
    if (x == nullptr) break;
    const std::uint64_t due = waiting_.front();
    waiting_.pop_front();
    start(*x, due, now);
  }
  while (sending(now) && next_due_ <= now) {
    Exchange* x = free_exchange(now);
    if (x == nullptr)
      waiting_.push_back(next_due_);
    else
      start(*x, next_due_, now);
    ++due_count_;
    next_due_ =
        begin_ + static_cast<std::uint64_t>(static_cast<double>(due_count_) * 1e9 / options_.rate);
  }
}

Exchange* Driver::free_exchange(std::uint64_t now) {
  if (idle_.empty() || idle_.back()->retry_at > now) return nullptr;
  Exchange* x = idle_.back();
  idle_.pop_back();
  return x;
}

void Driver::start(Exchange& x, std::uint64_t intended, std::uint64_t now) {
  x.number = number_++;
  x.intended = intended;
  x.began = now;
  const std::uint64_t roll = random_();
  Choice choice;
  choice.model = options_.models.size() == 1 ? 0 : (roll >> 32) % options_.models.size();
  choice.stream = x.stream = roll % 100 < options_.stream_percent;
  const bool cancel = options_.cancel_percent > 0 && (roll / 100) % 100 < options_.cancel_percent;
  x.cancel_after = cancel && x.stream ? 1 + (roll >> 20) % 5 : 0;
  x.out.clear();
  x.sent = 0;
  requests_.append(x.out, choice, x.number);
  x.begin_answer();
  ++results_.sent;
  ++busy_;
  if (x.fd.valid()) {
    x.phase = Phase::head;
    write(x);
    return;
  }
  x.fd = connect_to(options_.server);
  if (!x.fd.valid()) {
    x.phase = Phase::connecting;
    fail(x, "connect");
    return;
  }
  x.phase = Phase::connecting;
  x.wants_write = true;
  poller_.add(x.fd.get(), EPOLLIN | EPOLLOUT, &x);
}

void Driver::handle(const epoll_event& event) {
  auto& x = *static_cast<Exchange*>(event.data.ptr);
  if (!x.fd.valid()) return;
  if (x.phase == Phase::connecting) {
    connected(x);
    return;
  }
  if ((event.events & EPOLLOUT) != 0 && x.wants_write) write(x);
  if (x.fd.valid() && (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read(x);
}

void Driver::connected(Exchange& x) {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(x.fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) {
    fail(x, "connect");
    return;
  }
  x.phase = Phase::head;
  write(x);
}

void Driver::write(Exchange& x) {
  bool blocked = false;
  while (x.sent < x.out.size() && !blocked) {
    const IoResult put = send_some(x.fd.get(), std::string_view(x.out).substr(x.sent));
    if (put.io == Io::failed) {
      fail(x, "reset");
      return;
    }
    blocked = put.io == Io::blocked;
    x.sent += put.bytes;
    results_.bytes_sent += put.bytes;
  }
  if (blocked != x.wants_write) {
    x.wants_write = blocked;
    poller_.change(x.fd.get(), EPOLLIN | (blocked ? EPOLLOUT : 0u), &x);
  }
}

void Driver::read(Exchange& x) {
  const IoResult got = receive_some(x.fd.get(), scratch_);
  if (got.io == Io::blocked) return;
  const std::uint64_t now = mono_ns();
  if (x.phase == Phase::idle) {  // the server gave the connection up
    x.fd.reset();
    x.phase = Phase::closed;
    return;
  }
  if (got.io == Io::closed && x.end_of_bytes() == Progress::whole) {
    x.keep_alive = false;
    complete(x, now);
    return;
  }
  if (got.io != Io::done) {
    fail(x, x.phase == Phase::body ? "cut" : got.io == Io::closed ? "closed" : "reset");
    return;
  }
  results_.bytes_received += got.bytes;
  const Progress progress = x.take(std::string_view(scratch_.data(), got.bytes), now, results_);
  if (progress == Progress::broken) {
    fail(x, "framing");
  } else if (progress == Progress::whole) {
    complete(x, now);
  } else if (x.cancel_after > 0 && x.check.events() >= x.cancel_after) {
    ++results_.cancelled;
    acknowledge(x, false, true, "");
    finish(x, false);
  }
}

// An answer that is whole by HTTP's rules; whether it is good is judged here.
void Driver::complete(Exchange& x, std::uint64_t now) {
  ++results_.statuses[x.status];
  std::string error;
  if (x.status != 200)
    error = "status_" + std::to_string(x.status);
  else if (x.stream && x.check.errored())
    error = "stream_error";
  else if (x.stream && !x.check.ended())
    error = "stream_without_end";
  if (error.empty()) {
    ++results_.ok;
    results_.latency.add(now - std::min(now, x.intended));
    if (x.stream) x.check.finish(options_.expect_chunks, results_.chunks);
  } else {
    ++results_.failed;
    ++results_.errors[error];
  }
  acknowledge(x, error.empty(), false, error);
  finish(x, x.keep_alive);
}

void Driver::fail(Exchange& x, std::string kind) {
  ++results_.failed;
  ++results_.errors[kind];
  acknowledge(x, false, false, kind);
  if (x.phase == Phase::connecting) x.retry_at = mono_ns() + kRetryConnect;
  finish(x, false);
}

void Driver::acknowledge(const Exchange& x, bool complete, bool cancelled, std::string_view error) {
  if (!acks_.enabled()) return;
  std::string line = "{\"request_id\":" + quoted(x.request_id);
  line += ",\"client_request_id\":\"" + requests_.client_id(x.number) + "\"";
  line += ",\"status\":" + std::to_string(x.status);
  line += std::string(",\"stream\":") + (x.stream ? "true" : "false");
  line += std::string(",\"complete\":") + (complete ? "true" : "false");
  line += std::string(",\"cancelled\":") + (cancelled ? "true" : "false");
  line += ",\"error\":" + quoted(error) + ",\"end_ns\":" + std::to_string(wall_ns()) + "}";
  acks_.add(line);
}

void Driver::finish(Exchange& x, bool reusable) {
  --busy_;
  x.wants_write = false;
  if (!reusable) x.fd.reset();
  x.phase = reusable ? Phase::idle : Phase::closed;
  // What failed to connect goes to the far end, so that its pause does not hold up the others.
  if (x.retry_at > mono_ns())
    idle_.insert(idle_.begin(), &x);
  else
    idle_.push_back(&x);
}

void Driver::sweep(std::uint64_t now) {
  if (now < next_sweep_) return;
  next_sweep_ = now + kSweepEvery;
  for (const auto& x : exchanges_) {
    if (x->busy() && now - x->began > options_.timeout_ms * kMillisecond) fail(*x, "timeout");
  }
}

}  // namespace

Results run(const Options& options) {
  const auto driver = std::make_unique<Driver>(options);
  return driver->run();
}

}  // namespace maester::rig
