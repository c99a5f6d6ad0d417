#include "ingest/child_talk.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <string>

#include "ingest/child_format.h"
#include "ingest/result_reader.h"

namespace maester::ingest {
namespace {

constexpr std::size_t kPiece = 64 << 10;
// A child that dies this near to its limit of address space died of it.
constexpr std::size_t kNearMemoryLimit = 800UL << 20;
constexpr int kSandboxFailed = 70;  // extract/child/child_main.h

enum class Step : std::uint8_t { more, ended, late, bad };

class Talk {
 public:
  Talk(ChildProcess& child, const Source& source) : child_(child), head_(request_head(source)) {
    rest_ = head_;
    body_ = source.bytes;
  }

  Step run(const Clock& clock, MonoTime deadline) {
    for (;;) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock.mono());
      if (left.count() <= 0) return Step::late;
      std::array<pollfd, 2> ends{pollfd{child_.output(), POLLIN, 0},
                                 pollfd{child_.input(), POLLOUT, 0}};
      const int ready = ::poll(ends.data(), ends.size(),
                               static_cast<int>(std::min<std::int64_t>(left.count() + 1, 60'000)));
      if (ready < 0 && errno != EINTR) return Step::ended;
      if (ready <= 0) continue;
      if (ends[1].revents != 0) write();
      if (ends[0].revents == 0) continue;
      if (const Step step = read(); step != Step::more) return step;
    }
  }

  ResultReader& reader() { return reader_; }
  const Error& fault() const { return fault_; }

 private:
  // A child that does not read on has its reasons: its result says which.
  void write() {
    if (rest_.empty()) std::swap(rest_, body_);
    const ssize_t n = rest_.empty() ? 0 : ::write(child_.input(), rest_.data(), rest_.size());
    if (n > 0) rest_.remove_prefix(static_cast<std::size_t>(n));
    const bool broken = n < 0 && errno != EAGAIN && errno != EINTR;
    if (broken || (rest_.empty() && body_.empty())) child_.close_input();
  }

  Step read() {
    const ssize_t n = ::read(child_.output(), piece_.data(), piece_.size());
    if (n < 0) return errno == EAGAIN || errno == EINTR ? Step::more : Step::ended;
    if (n == 0) return Step::ended;
    if (auto fed = reader_.feed({piece_.data(), static_cast<std::size_t>(n)}); !fed) {
      fault_ = std::move(fed).error();
      return Step::bad;
    }
    return reader_.complete() ? Step::ended : Step::more;
  }

  ChildProcess& child_;
  std::string head_;
  std::string_view rest_;
  std::string_view body_;
  ResultReader reader_;
  Error fault_;
  std::array<char, kPiece> piece_{};
};

Error explain(const ChildEnd& end) {
  const std::string how = end.signal != 0 ? "signal " + std::to_string(end.signal)
                                          : "exit code " + std::to_string(end.exit_code);
  if (end.exit_code == kSandboxFailed)
    return make_error(Code::internal, "The sandbox for reading documents could not be set up.", {},
                      how);
  if (end.signal == SIGXCPU)
    return failure("timeout", "Reading the document took more than 30 seconds of processor time.",
                   how);
  if (end.signal != SIGSYS && end.peak_bytes > kNearMemoryLimit)
    return failure("memory", "Reading the document needs more than 1 GiB of memory.", how);
  return failure("crashed", "The document made its reader crash.", how);
}

}  // namespace

Result<ChildResult> talk(ChildProcess child, const Source& source, const Clock& clock,
                         nanoseconds wall) {
  Talk talk(child, source);
  const Step step = talk.run(clock, clock.mono() + wall);
  if (step == Step::ended && talk.reader().complete()) {
    auto result = talk.reader().finish();
    if (!result && result.error().code == Code::corrupt)
      return fail(failure("crashed", "The document's reader answered nonsense.",
                          std::move(result).error().message));
    if (!result) return fail(std::move(result).error());
    return ChildResult{std::move(*result), talk.reader().take_embedded()};
  }
  if (step == Step::late)
    return fail(failure("timeout", "Reading the document took longer than allowed."));
  if (step == Step::bad)
    return fail(
        failure("crashed", "The document's reader answered nonsense.", talk.fault().message));
  // Its pipe is closed: it is dying by itself. Its own end is awaited, for a kill would hide it.
  for (int i = 0; i < 200 && child.running(); ++i) ::usleep(1'000);
  return fail(explain(child.end()));
}

}  // namespace maester::ingest
