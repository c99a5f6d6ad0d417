// The questions whose answers are kept, by what they say: finds the kept question that is closest
// to a new one, among those that are equal in everything else. Exact scan of unit vectors; bounded
// in questions a group and in all, and in numbers of all vectors. Thread-safe.
//
// Two questions that differ in a number are never one, however close: vectors hardly see it.
#pragma once

#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "gateway/cache/cache_key.h"
#include "gateway/cache/flight.h"

namespace maester::gateway {

struct Question {
  std::vector<float> vector;  // of unit length
  std::string numbers;        // numbers_of() its text
};

// Every run of digits of the text, in order.
std::string numbers_of(std::string_view text);

class SemanticIndex {
 public:
  // At most `max_questions` in all and 1,000 in a group, the oldest leaving first; fewer when their
  // vectors are longer than those of hashed words (384 numbers each).
  explicit SemanticIndex(std::size_t max_questions) : max_questions_(max_questions) {}

  struct Found {
    CacheKey answer;  // its key in the response cache
    float similarity = 0;
  };
  // The closest question of the group that is at least so alike and has not expired.
  std::optional<Found> find(const CacheKey& group, const Question& question, float threshold,
                            WallTime now);
  void put(const CacheKey& group, Question question, CacheKey answer, WallTime expires);
  void remove(std::string_view tenant);
  std::size_t size() const;

 private:
  struct Entry {
    Question question;
    CacheKey answer;
    WallTime expires{};
  };
  struct Group {
    std::string tenant;
    std::vector<Entry> entries;  // oldest first
    std::list<Sha256>::iterator order;
  };
  // REQUIRES, of all three: the lock.
  template <typename Gone>
  void erase_if(Group& group, Gone gone);
  void drop_front(Group& group);
  void drop_oldest();  // REQUIRES: at least one entry

  const std::size_t max_questions_;
  mutable std::mutex mutex_;
  std::unordered_map<Sha256, Group, DigestHash> groups_;  // by the key's digest
  std::list<Sha256> order_;                               // least recently used first
  std::size_t size_ = 0, numbers_ = 0;                    // of all vectors
};

}  // namespace maester::gateway
