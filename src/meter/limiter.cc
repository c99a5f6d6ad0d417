#include "meter/limiter.h"

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace maester::meter {

struct LimitUse {
  ArrivalTime requests = 0, tokens = 0;
  std::int64_t running = 0;
};

namespace {

using UsePtr = std::shared_ptr<LimitUse>;

// Uses of one limit before the idle ones are looked for: an idle one is as good as none.
constexpr std::size_t kSweepAt = 4'096;

struct LimitBook {
  Limit limit;
  std::unordered_map<std::string, UsePtr> uses;  // by subject
  std::size_t sweep_at = kSweepAt;
};

void sweep(LimitBook& book, MonoTime now) {
  if (book.uses.size() < book.sweep_at) return;
  const std::int64_t at = now.time_since_epoch().count();
  std::erase_if(book.uses, [at](const auto& entry) {
    const LimitUse& use = *entry.second;
    return entry.second.use_count() == 1 && use.running == 0 && use.requests <= at &&
           use.tokens <= at;
  });
  book.sweep_at = std::max(kSweepAt, 2 * book.uses.size());
}

UsePtr use_of(LimitBook& book, const std::string& subject, MonoTime now) {
  sweep(book, now);
  UsePtr& use = book.uses[subject];
  if (use == nullptr) use = std::make_shared<LimitUse>();
  return use;
}

// Known before the body is read.
bool by_head(const Scope& scope) {
  return scope.user.empty() && scope.route.empty() && scope.prompt.empty() && scope.model.empty() &&
         scope.tags.empty();
}

LimitState rate_state(const Rate& rate, ArrivalTime tat, MonoTime now) {
  return {rate.per_minute, gcra_remaining(rate, tat, now), gcra_reset(tat, now)};
}

// One limit's part in one look at a request.
struct Taking {
  const Limit* limit = nullptr;
  UsePtr use;
  bool requests = false, tokens = false, slot = false;

  std::optional<LimitRefusal> check(MonoTime now, std::int64_t estimate) const {
    const auto refuse = [&](LimitKind kind, nanoseconds wait, LimitState state) {
      return LimitRefusal{*limit, kind, wait, state};
    };
    if (slot && use->running >= *limit->concurrency) {
      return refuse(LimitKind::concurrency, std::chrono::seconds(1), {*limit->concurrency, 0, {}});
    }
    if (requests) {
      const Rate rate = limit->requests();
      const nanoseconds wait = gcra_wait(rate, use->requests, now, 1);
      if (wait.count() > 0)
        return refuse(LimitKind::requests, wait, rate_state(rate, use->requests, now));
    }
    if (tokens) {
      const Rate rate = limit->tokens();
      const nanoseconds wait = gcra_wait(rate, use->tokens, now, estimate);
      if (wait.count() > 0)
        return refuse(LimitKind::tokens, wait, rate_state(rate, use->tokens, now));
    }
    return std::nullopt;
  }
};

void keep_tightest(std::optional<LimitState>& kept, const LimitState& state) {
  if (!kept || state.remaining < kept->remaining) kept = state;
}

}  // namespace

struct alignas(64) Limiter::Shard {
  mutable std::mutex mutex;
  std::map<std::string, std::vector<std::unique_ptr<LimitBook>>, std::less<>> books;
};

namespace {

std::size_t shard_of(std::string_view tenant, std::size_t shards) {
  return std::hash<std::string_view>{}(tenant) % shards;
}

}  // namespace

std::string_view to_string(LimitKind kind) {
  switch (kind) {
    case LimitKind::requests:
      return "requests";
    case LimitKind::tokens:
      return "tokens";
    case LimitKind::concurrency:
      return "concurrency";
  }
  return "requests";
}

Admission::~Admission() {
  if (limiter_ == nullptr) return;
  std::lock_guard lock(limiter_->shards_[shard_].mutex);
  for (const Holding& holding : holdings_) {
    if (holding.slot) --holding.use->running;
  }
  holdings_.clear();  // under the lock: sweep() counts owners
}

void Admission::settle_tokens(std::int64_t actual) {
  if (limiter_ == nullptr || actual == estimate_) return;
  const MonoTime now = limiter_->clock_.mono();
  std::lock_guard lock(limiter_->shards_[shard_].mutex);
  for (const Holding& holding : holdings_) {
    if (holding.tokens.per_minute == 0) continue;
    holding.use->tokens = gcra_take(holding.tokens, holding.use->tokens, now, actual - estimate_);
  }
  estimate_ = actual;
}

Limiter::Limiter(const Clock& clock) : clock_(clock), shards_(std::make_unique<Shard[]>(kShards)) {}

Limiter::~Limiter() = default;

std::optional<LimitRefusal> Limiter::admit(Admission& admission, const Spender& spender, Look look,
                                           std::int64_t estimate) {
  if (!has_limits()) return std::nullopt;
  const MonoTime now = clock_.mono();
  const std::size_t index = shard_of(spender.tenant, kShards);
  std::vector<Taking> takings;
  Shard& shard = shards_[index];
  std::lock_guard lock(shard.mutex);
  const auto books = shard.books.find(spender.tenant);
  if (books == shard.books.end()) return std::nullopt;
  for (const auto& book : books->second) {
    const Limit& limit = book->limit;
    const bool early = by_head(limit.scope);
    const bool whole = early == (look == Look::head);
    const bool tokens = look == Look::resolved && limit.tokens_per_minute.has_value();
    if (!(whole || tokens) || !covers(limit.scope, spender)) continue;
    Taking taking{.limit = &limit,
                  .use = use_of(*book, subject_of(limit.scope, spender), now),
                  .requests = whole && limit.requests_per_minute.has_value(),
                  .tokens = tokens,
                  .slot = whole && limit.concurrency.has_value()};
    if (auto refusal = taking.check(now, estimate)) return refusal;
    takings.push_back(std::move(taking));
  }
  if (takings.empty()) return std::nullopt;
  admission.limiter_ = this;
  admission.shard_ = index;
  admission.estimate_ = estimate;
  for (Taking& taking : takings) {
    LimitUse& use = *taking.use;
    if (taking.slot) ++use.running;
    if (taking.requests) {
      const Rate rate = taking.limit->requests();
      use.requests = gcra_take(rate, use.requests, now, 1);
      keep_tightest(admission.requests_, rate_state(rate, use.requests, now));
    }
    if (taking.tokens) {
      const Rate rate = taking.limit->tokens();
      use.tokens = gcra_take(rate, use.tokens, now, estimate);
      keep_tightest(admission.tokens_, rate_state(rate, use.tokens, now));
    }
    admission.holdings_.push_back(
        {std::move(taking.use), taking.tokens ? taking.limit->tokens() : Rate{}, taking.slot});
  }
  return std::nullopt;
}

void Limiter::put(const Limit& limit) {
  Shard& shard = shards_[shard_of(limit.scope.tenant, kShards)];
  std::lock_guard lock(shard.mutex);
  auto& books = shard.books[limit.scope.tenant];
  const auto same =
      std::ranges::find(books, limit.id, [](const auto& book) { return book->limit.id; });
  if (same != books.end()) {
    (*same)->limit = limit;
    // Times of another rate mean nothing at this one: the buckets begin full.
    for (auto& [subject, use] : (*same)->uses) use->requests = use->tokens = 0;
    return;
  }
  books.push_back(std::make_unique<LimitBook>());
  books.back()->limit = limit;
  count_.fetch_add(1, std::memory_order_relaxed);
}

void Limiter::remove(std::string_view tenant, std::string_view id) {
  Shard& shard = shards_[shard_of(tenant, kShards)];
  std::lock_guard lock(shard.mutex);
  const auto books = shard.books.find(tenant);
  if (books == shard.books.end()) return;
  if (std::erase_if(books->second, [&](const auto& book) { return book->limit.id == id; }) > 0) {
    count_.fetch_sub(1, std::memory_order_relaxed);
  }
  if (books->second.empty()) shard.books.erase(books);
}

Limiter::Status Limiter::status(const Limit& limit, const std::string& subject) const {
  const MonoTime now = clock_.mono();
  LimitUse use;
  {
    const Shard& shard = shards_[shard_of(limit.scope.tenant, kShards)];
    std::lock_guard lock(shard.mutex);
    if (const auto books = shard.books.find(limit.scope.tenant); books != shard.books.end()) {
      for (const auto& book : books->second) {
        if (book->limit.id != limit.id) continue;
        const auto found = book->uses.find(subject);
        if (found != book->uses.end()) use = *found->second;
      }
    }
  }
  Status out;
  if (limit.requests_per_minute) out.requests = rate_state(limit.requests(), use.requests, now);
  if (limit.tokens_per_minute) out.tokens = rate_state(limit.tokens(), use.tokens, now);
  if (limit.concurrency) {
    out.concurrency = {
        *limit.concurrency, std::max<std::int64_t>(*limit.concurrency - use.running, 0), {}};
  }
  return out;
}

std::vector<Limit> Limiter::covering(std::string_view tenant, std::string_view key) const {
  std::vector<Limit> out;
  const Shard& shard = shards_[shard_of(tenant, kShards)];
  std::lock_guard lock(shard.mutex);
  const auto books = shard.books.find(tenant);
  if (books == shard.books.end()) return out;
  for (const auto& book : books->second) {
    const Scope& scope = book->limit.scope;
    if (!scope.user.empty()) continue;
    if (scope.key.empty() || scope.key == "*" || scope.key == key) out.push_back(book->limit);
  }
  return out;
}

}  // namespace maester::meter
