#include "gateway/cache/semantic_index.h"

#include <algorithm>
#include <utility>

#include "retrieval/hash_embedder.h"

namespace maester::gateway {
namespace {

constexpr std::size_t kGroupBound = 1000;

}  // namespace

std::string numbers_of(std::string_view text) {
  std::string out;
  bool inside = false;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (digit) out += c;
    if (inside && !digit) out += ' ';
    inside = digit;
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

template <typename Gone>
void SemanticIndex::erase_if(Group& group, Gone gone) {
  std::erase_if(group.entries, [&](const Entry& entry) {
    if (!gone(entry)) return false;
    --size_;
    numbers_ -= entry.question.vector.size();
    return true;
  });
}

void SemanticIndex::drop_front(Group& group) {
  --size_;
  numbers_ -= group.entries.front().question.vector.size();
  group.entries.erase(group.entries.begin());
}

std::optional<SemanticIndex::Found> SemanticIndex::find(const CacheKey& group,
                                                        const Question& question, float threshold,
                                                        WallTime now) {
  const std::lock_guard lock(mutex_);
  const auto found = groups_.find(group.digest);
  if (found == groups_.end() || found->second.tenant != group.tenant) return std::nullopt;
  Group& here = found->second;
  erase_if(here, [&](const Entry& entry) { return entry.expires <= now; });
  order_.splice(order_.end(), order_, here.order);
  const Entry* best = nullptr;
  float similarity = threshold;
  for (const Entry& entry : here.entries) {
    if (entry.question.numbers != question.numbers) continue;
    if (entry.question.vector.size() != question.vector.size()) continue;
    const float one = retrieval::cosine(entry.question.vector, question.vector);
    if (one < similarity) continue;
    similarity = one;
    best = &entry;
  }
  if (best == nullptr) return std::nullopt;
  return Found{best->answer, similarity};
}

void SemanticIndex::put(const CacheKey& group, Question question, CacheKey answer,
                        WallTime expires) {
  const std::lock_guard lock(mutex_);
  const auto [at, fresh] = groups_.try_emplace(group.digest);
  Group& here = at->second;
  if (fresh) {
    here.tenant = group.tenant;
    here.order = order_.insert(order_.end(), group.digest);
  }
  erase_if(here, [&](const Entry& entry) { return entry.answer == answer; });
  if (here.entries.size() >= kGroupBound) drop_front(here);
  ++size_;
  numbers_ += question.vector.size();
  here.entries.push_back({std::move(question), std::move(answer), expires});
  while (size_ > max_questions_ || numbers_ > max_questions_ * retrieval::kHashDimensions)
    drop_oldest();
}

void SemanticIndex::drop_oldest() {
  const auto found = groups_.find(order_.front());
  if (!found->second.entries.empty()) drop_front(found->second);
  if (!found->second.entries.empty()) return;
  order_.pop_front();
  groups_.erase(found);
}

void SemanticIndex::remove(std::string_view tenant) {
  const std::lock_guard lock(mutex_);
  for (auto at = groups_.begin(); at != groups_.end();) {
    if (at->second.tenant != tenant) {
      ++at;
      continue;
    }
    erase_if(at->second, [](const Entry&) { return true; });
    order_.erase(at->second.order);
    at = groups_.erase(at);
  }
}

std::size_t SemanticIndex::size() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

}  // namespace maester::gateway
