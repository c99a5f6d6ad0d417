#include "gateway/pipeline/fair_queue.h"

#include <algorithm>

namespace maester::gateway {

// Batch waits two fifths of what a person's request may: it can come again, and is told so sooner.
nanoseconds FairQueue::patience(std::string_view tenant, Priority priority, nanoseconds longest,
                                MonoTime now) const {
  if (priority == Priority::batch) longest = longest * 2 / 5;
  const Class& lines = of_[static_cast<std::size_t>(priority)];
  const auto line = lines.by_tenant.find(std::string(tenant));
  const bool standing =
      line != lines.by_tenant.end() && now - line->second->since > nanoseconds{kStanding};
  return standing ? std::min<nanoseconds>(kImpatient, longest) : longest;
}

void FairQueue::push(Waiter& waiter, MonoTime now) {
  Class& lines = class_of(waiter.priority);
  auto line = lines.by_tenant.find(waiter.tenant);
  if (line == lines.by_tenant.end()) {
    const auto made = lines.lines.insert(lines.lines.end(), Line{waiter.tenant, now, {}});
    line = lines.by_tenant.emplace(waiter.tenant, made).first;
  }
  std::list<Waiter*>& waiters = line->second->waiters;
  waiter.line = line->second;
  waiter.place = waiters.insert(waiters.end(), &waiter);
  waiter.queued = true;
  ++lines.size;
}

void FairQueue::remove(Waiter& waiter) {
  waiter.line->waiters.erase(waiter.place);
  waiter.queued = false;
  Class& lines = class_of(waiter.priority);
  --lines.size;
  if (!waiter.line->waiters.empty()) return;
  lines.by_tenant.erase(waiter.tenant);
  lines.lines.erase(waiter.line);
}

FairQueue::Waiter* FairQueue::next(Priority of) {
  Lines& lines = class_of(of).lines;
  if (lines.empty()) return nullptr;
  Waiter* first = lines.front().waiters.front();
  lines.splice(lines.end(), lines, lines.begin());  // to the end of the turn
  remove(*first);
  return first;
}

FairQueue::Waiter* FairQueue::give_way(std::string_view tenant, Priority priority) {
  const auto longest_of = [this](Priority of) {
    Lines& lines = class_of(of).lines;
    return std::max_element(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
      return a.waiters.size() < b.waiters.size();
    });
  };
  const bool over_batch = priority == Priority::interactive && !empty(Priority::batch);
  const Priority from = over_batch ? Priority::batch : priority;
  if (empty(from)) return nullptr;
  const auto longest = longest_of(from);
  if (!over_batch) {
    const auto mine = class_of(from).by_tenant.find(std::string(tenant));
    const std::size_t waiting =
        mine == class_of(from).by_tenant.end() ? 0 : mine->second->waiters.size();
    if (longest->waiters.size() <= waiting + 1) return nullptr;
  }
  Waiter* last = longest->waiters.back();
  remove(*last);
  return last;
}

}  // namespace maester::gateway
