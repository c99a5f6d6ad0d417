#include "gateway/cache/flight.h"

#include <cstring>
#include <utility>

#include "runtime/suspension.h"

namespace maester::gateway {
namespace {

// More than the server runs at a time never wait for one call; should they, they ask by themselves.
constexpr std::size_t kMostWaiters = 10'000;

}  // namespace

std::size_t DigestHash::operator()(const Sha256& digest) const {
  std::size_t out = 0;
  std::memcpy(&out, digest.data(), sizeof out);
  return out;
}

// Everything but `core` is touched on that core only.
struct Flights::Waiter {
  runtime::Core& core;
  runtime::Suspension* pause = nullptr;  // null: nobody waits any more
  Landing landing = Landing::left;
  CachedAnswerPtr answer;
};

Flights::Lead::~Lead() {
  if (!over_) flights_.land(digest_, Landing::left, nullptr);
}

void Flights::Lead::answered(CachedAnswerPtr answer) {
  over_ = true;
  flights_.land(digest_, Landing::answered, answer);
}

void Flights::Lead::failed() {
  over_ = true;
  flights_.land(digest_, Landing::failed, nullptr);
}

void Flights::land(const Sha256& digest, Landing landing, const CachedAnswerPtr& answer) {
  std::vector<std::shared_ptr<Waiter>> waiters;
  {
    Shard& here = shard(digest);
    const std::lock_guard lock(here.mutex);
    const auto found = here.waiting.find(digest);
    waiters = std::move(found->second);
    here.waiting.erase(found);
  }
  for (const auto& waiter : waiters) {
    waiter->core.post([waiter, landing, answer] {
      if (waiter->pause == nullptr) return;
      waiter->landing = landing;
      waiter->answer = answer;
      waiter->pause->signal();
    });
  }
}

runtime::Task<Result<Flights::Landing>> Flights::wait(std::shared_ptr<Waiter> waiter,
                                                      runtime::Wait wait) {
  // Also when the frame is destroyed in the middle, by a server that stops.
  struct Leaves {
    Waiter& waiter;
    ~Leaves() { waiter.pause = nullptr; }
  } leaves{*waiter};
  runtime::Suspension pause(waiter->core, wait);
  waiter->pause = &pause;
  const runtime::Wake wake = co_await pause;
  CO_TRY(runtime::wake_status(wake, "cache"));
  co_return waiter->landing;
}

runtime::Task<Result<Flights::Joined>> Flights::join(Sha256 digest, runtime::Wait wait) {
  Joined joined;
  for (;;) {
    auto waiter = std::make_shared<Waiter>(*runtime::Core::current());
    {
      Shard& here = shard(digest);
      const std::lock_guard lock(here.mutex);
      const auto [at, first] = here.waiting.try_emplace(digest);
      if (first) {
        joined.lead.reset(new Lead(*this, digest));
        co_return joined;
      }
      if (at->second.size() >= kMostWaiters) co_return joined;
      at->second.push_back(waiter);
    }
    auto waiting = this->wait(waiter, wait);
    CO_TRY_ASSIGN(const Landing landing, co_await std::move(waiting));
    if (landing == Landing::left) continue;
    joined.answer = std::move(waiter->answer);
    co_return joined;
  }
}

}  // namespace maester::gateway
