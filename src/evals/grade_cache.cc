// Grades of one run, in memory.
#include <deque>
#include <unordered_map>

#include "evals/graders.h"

namespace maester::evals {
namespace {

class MemoryCache final : public GradeCache {
 public:
  explicit MemoryCache(std::size_t bytes) : most_(bytes) {}

  std::optional<std::string> find(const std::string& key) override {
    const std::lock_guard lock(mutex_);
    const auto found = replies_.find(key);
    if (found == replies_.end()) return std::nullopt;
    return found->second;
  }

  void keep(const std::string& key, const std::string& reply) override {
    const std::lock_guard lock(mutex_);
    if (!replies_.emplace(key, reply).second) return;
    order_.push_back(key);
    bytes_ += key.size() + reply.size();
    while (bytes_ > most_ && order_.size() > 1) {
      const auto oldest = replies_.find(order_.front());
      bytes_ -= oldest->first.size() + oldest->second.size();
      replies_.erase(oldest);
      order_.pop_front();
    }
  }

 private:
  std::mutex mutex_;
  const std::size_t most_;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, std::string> replies_;
  std::deque<std::string> order_;
};

}  // namespace

std::unique_ptr<GradeCache> memory_grade_cache(std::size_t bytes) {
  return std::make_unique<MemoryCache>(bytes);
}

}  // namespace maester::evals
