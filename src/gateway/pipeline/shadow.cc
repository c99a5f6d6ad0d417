#include "gateway/pipeline/shadow.h"

namespace maester::gateway {

std::string_view to_string(ShadowDrop why) {
  switch (why) {
    case ShadowDrop::busy:
      return "busy";
    case ShadowDrop::not_allowed:
      return "not_allowed";
    case ShadowDrop::overloaded:
      return "overloaded";
    case ShadowDrop::stopping:
      return "stopping";
  }
  return "busy";
}

ShadowCalls::ShadowCalls(runtime::CorePool& cores) {
  for (std::size_t i = 0; i < cores.size(); ++i)
    cores_.push_back(std::make_unique<PerCore>(cores.at(i)));
}

std::expected<ShadowCalls::Place, ShadowDrop> ShadowCalls::enter(int at_most) {
  if (closed_.load()) return std::unexpected(ShadowDrop::stopping);
  Place place(running_);
  if (running_.fetch_add(1, std::memory_order_relaxed) >= at_most)
    return std::unexpected(ShadowDrop::busy);
  return place;
}

void ShadowCalls::spawn(runtime::Task<void> task) {
  cores_[runtime::Core::current()->index()]->group.spawn(std::move(task));
}

runtime::StopToken ShadowCalls::stopping() {
  return cores_[runtime::Core::current()->index()]->stop.token();
}

runtime::Task<void> ShadowCalls::finish(PerCore& mine, Deadline patience) {
  auto waiting = mine.group.join({patience, {}});
  if (co_await std::move(waiting)) co_return;
  mine.stop.request_stop();
  auto joining = mine.group.join({});  // bounded: all were told to stop
  (void)co_await std::move(joining);
}

void ShadowCalls::end(Deadline patience) {
  close();
  for (const auto& mine : cores_)
    runtime::run_blocking(mine->group.core(), finish(*mine, patience));
}

}  // namespace maester::gateway
