#include "runtime/suspension.h"

namespace maester::runtime {

void Suspension::await_suspend(std::coroutine_handle<> self) {
  coroutine_ = self;
  core_.arm(*this, wait_.deadline);
  stop_.emplace(wait_.stop, [this] { finish(Wake::stopped); });
}

void Suspension::finish(Wake wake) {
  if (wake_ != Wake::pending) return;
  wake_ = wake;
  core_.disarm(*this);
  if (coroutine_) core_.make_ready(*this);
}

Status wake_status(Wake wake, const char* what) {
  switch (wake) {
    case Wake::deadline:
      return fail(Code::deadline_exceeded, "The operation took longer than its deadline allows.",
                  what);
    case Wake::stopped:
      return fail(Code::cancelled, "The operation was cancelled.", what);
    case Wake::pending:
    case Wake::signalled:
      break;
  }
  return {};
}

}  // namespace maester::runtime
