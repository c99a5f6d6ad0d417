#include "obs/log.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "base/thread.h"
#include "base/utf8.h"

namespace maester::obs {
namespace {

constexpr std::size_t kMaxPending = 8u << 20;
constexpr std::size_t kBatchBytes = 64u << 10;  // written at once, without waiting for more
constexpr milliseconds kGather{5};              // what a quiet log waits for company
constexpr std::size_t kMaxField = 4096;  // longer text is cut: a log line is no place for bodies

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warn:
      return "warn";
    case Level::error:
      return "error";
  }
  return "error";
}

void start_line(std::string& text, json::Writer& line, WallTime now, Level level,
                std::string_view name) {
  text.reserve(512);
  line.begin_object().field("ts", format_rfc3339(now)).field("level", name_of(level));
  line.field("event", name);
}

// False when the descriptor is beyond use.
bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd wait{fd, POLLOUT, 0};
      ::poll(&wait, 1, 1000);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

std::size_t count_lines(std::string_view bytes) {
  return static_cast<std::size_t>(std::count(bytes.begin(), bytes.end(), '\n'));
}

}  // namespace

// `pending` is filled by events under the mutex; the writer takes it whole and writes without the
// lock.
struct Log::Impl {
  Impl(const Clock& clock, int fd)
      : clock_(clock), fd_(fd), writer_([this] {
          name_background_thread("log");
          run();
        }) {}

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    work_.notify_one();
    writer_.join();
  }

  void submit(std::string_view line) {
    bool wake = false;
    {
      const std::lock_guard lock(mutex_);
      if (pending_.size() + line.size() > kMaxPending) {
        ++dropped_;
        return;
      }
      wake = pending_.empty() ||
             (pending_.size() < kBatchBytes && pending_.size() + line.size() >= kBatchBytes);
      pending_ += line;
    }
    if (wake) work_.notify_one();
  }

  void flush() {
    std::unique_lock lock(mutex_);
    hurry_ = !pending_.empty();
    work_.notify_one();
    idle_.wait(lock, [this] { return pending_.empty() && !writing_; });
  }

  std::uint64_t dropped() {
    const std::lock_guard lock(mutex_);
    return dropped_;
  }

 private:
  void run() {
    std::string batch;
    std::unique_lock lock(mutex_);
    while (true) {
      work_.wait(lock, [this] { return !pending_.empty() || stopping_; });
      if (pending_.empty()) return;
      work_.wait_for(lock, kGather,
                     [this] { return stopping_ || hurry_ || pending_.size() >= kBatchBytes; });
      batch.clear();
      batch.swap(pending_);
      writing_ = true;
      const std::uint64_t untold = dropped_ - std::exchange(told_, dropped_);
      lock.unlock();
      if (untold > 0) append_dropped_line(batch, untold);
      const bool written = write_all(fd_, batch);
      lock.lock();
      if (!written) told_ = dropped_ += count_lines(batch);  // no use in telling a dead descriptor
      writing_ = false;
      if (pending_.empty()) {
        hurry_ = false;
        idle_.notify_all();
      }
    }
  }

  void append_dropped_line(std::string& batch, std::uint64_t lines) const {
    std::string text;
    json::Writer line(text);
    start_line(text, line, clock_.wall(), Level::warn, "log_dropped");
    line.field("lines", lines).end_object();
    batch += text + '\n';
  }

  const Clock& clock_;
  const int fd_;
  std::mutex mutex_;
  std::condition_variable work_, idle_;
  std::string pending_;
  bool writing_ = false, stopping_ = false, hurry_ = false;
  std::uint64_t dropped_ = 0, told_ = 0;
  std::thread writer_;  // last: it uses all of the above
};

Log::Log(const Clock& clock, int fd, Level least)
    : clock_(clock), least_(least), impl_(std::make_unique<Impl>(clock, fd)) {}
Log::~Log() = default;

void Log::flush() {
  impl_->flush();
}
std::uint64_t Log::dropped() const {
  return impl_->dropped();
}
void Log::submit(std::string_view line) {
  impl_->submit(line);
}

LogEvent::LogEvent(Log* log, Level level, std::string_view name) : log_(log) {
  if (log_ != nullptr) start_line(text_, line_, log_->clock_.wall(), level, name);
}

LogEvent::~LogEvent() {
  if (log_ == nullptr) return;
  line_.end_object();
  text_ += '\n';
  log_->submit(text_);
}

void LogEvent::put(std::string_view value) {
  line_.value(value.size() > kMaxField ? utf8::truncate(value, kMaxField) : value);
}

}  // namespace maester::obs
