// Rate and concurrency limits, in memory, per process. A start begins with full buckets.
//
// A request is looked at twice: by its head, before its body is read (limits whose scope is a
// tenant or a key), and when it is resolved (the others, and tokens). Each time all limits are
// compared first and taken from afterwards, so that a refusal takes nothing.
//
// All limits that cover a request belong to one tenant, and everything of a tenant stands behind
// one lock (of 64). Thread-safe. Times are monotonic.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "meter/limit.h"

namespace maester::meter {

enum class LimitKind : std::uint8_t { requests, tokens, concurrency };
std::string_view to_string(LimitKind kind);

// Where a request stands with the tightest limit of a kind.
struct LimitState {
  std::int64_t limit = 0;  // a minute, or at once
  std::int64_t remaining = 0;
  nanoseconds reset{};  // until all of it is there again
};

struct LimitRefusal {
  Limit limit;
  LimitKind kind = LimitKind::requests;
  nanoseconds retry_after{};
  LimitState state;
};

class Limiter;
struct LimitUse;

// What one request holds. Gives its concurrency back when it is destroyed, by any thread. Must not
// outlive the limiter.
class Admission {
 public:
  Admission() = default;
  Admission(Admission&&) = delete;
  ~Admission();

  // Puts what was really used in the place of the estimate.
  void settle_tokens(std::int64_t actual);
  const std::optional<LimitState>& requests() const { return requests_; }
  const std::optional<LimitState>& tokens() const { return tokens_; }

 private:
  friend class Limiter;
  struct Holding {
    std::shared_ptr<LimitUse> use;
    Rate tokens{};  // per_minute 0 = none
    bool slot = false;
  };
  Limiter* limiter_ = nullptr;
  std::size_t shard_ = 0;
  std::vector<Holding> holdings_;
  std::int64_t estimate_ = 0;
  std::optional<LimitState> requests_, tokens_;
};

class Limiter {
 public:
  explicit Limiter(const Clock& clock);
  ~Limiter();
  Limiter(const Limiter&) = delete;

  // False: there is nothing to ask. One atomic load.
  bool has_limits() const { return count_.load(std::memory_order_relaxed) != 0; }

  enum class Look : std::uint8_t { head, resolved };
  // Nullopt = admitted. `estimate` is of tokens, for Look::resolved.
  std::optional<LimitRefusal> admit(Admission& admission, const Spender& spender, Look look,
                                    std::int64_t estimate = 0);

  // New or changed: a changed one begins with full buckets. The scope of a limit never changes.
  void put(const Limit& limit);
  void remove(std::string_view tenant, std::string_view id);  // `tenant`: the scope's

  // How a limit stands for a subject of its own ("" without a "*").
  struct Status {
    std::optional<LimitState> requests, tokens, concurrency;
  };
  Status status(const Limit& limit, const std::string& subject) const;
  // Those that cover a request of this key whatever else it says.
  std::vector<Limit> covering(std::string_view tenant, std::string_view key) const;

 private:
  friend class Admission;
  struct Shard;
  static constexpr std::size_t kShards = 64;
  const Clock& clock_;
  std::atomic<std::size_t> count_{0};
  std::unique_ptr<Shard[]> shards_;
};

}  // namespace maester::meter
