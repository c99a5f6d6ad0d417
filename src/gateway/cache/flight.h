// Equal requests at one time become one call: the first to join leads and asks the provider, the
// others wait for what it learns. Waiting crosses cores; each waiter is woken on its own.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "gateway/cache/cached_answer.h"
#include "runtime/core.h"

namespace maester::gateway {

struct DigestHash {
  std::size_t operator()(const Sha256& digest) const;
};

class Flights {
 public:
  // The place of whoever does the work. Dying without a word lets one who waits take the place.
  class Lead {
   public:
    ~Lead();
    Lead(const Lead&) = delete;
    void answered(CachedAnswerPtr answer);  // all who wait have it
    void failed();                          // all who wait go their own ways

   private:
    friend class Flights;
    Lead(Flights& flights, const Sha256& digest) : flights_(flights), digest_(digest) {}
    Flights& flights_;
    Sha256 digest_;
    bool over_ = false;
  };

  // What came of joining: a lead, or an answer, or neither, and then the caller asks by itself.
  struct Joined {
    std::unique_ptr<Lead> lead;
    CachedAnswerPtr answer;
  };
  // Suspends while another one leads. Fails when the wait ends first.
  runtime::Task<Result<Joined>> join(Sha256 digest, runtime::Wait wait);

 private:
  enum class Landing : std::uint8_t { answered, failed, left };
  struct Waiter;
  struct Shard {
    std::mutex mutex;
    std::unordered_map<Sha256, std::vector<std::shared_ptr<Waiter>>, DigestHash> waiting;
  };
  Shard& shard(const Sha256& digest) { return shards_[digest[31] % shards_.size()]; }
  runtime::Task<Result<Landing>> wait(std::shared_ptr<Waiter> waiter, runtime::Wait wait);
  void land(const Sha256& digest, Landing landing, const CachedAnswerPtr& answer);
  std::array<Shard, 16> shards_;
};

}  // namespace maester::gateway
