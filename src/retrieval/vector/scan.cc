#include <algorithm>
#include <bit>
#include <cmath>

#include "retrieval/vector/kernels.h"
#include "retrieval/vector/search.h"
#include "retrieval/vector/top_k.h"
#include "retrieval/vector/walk.h"

namespace maester::retrieval {
namespace {

constexpr float kRounding = 4e-6F;  // of sums in float, of vectors of unit length

template <class Each>
void each_allowed(const VectorParts& parts, const Bitmap* allowed, const Each& each) {
  const std::size_t count = parts.header.count;
  if (allowed == nullptr) {
    for (std::size_t i = 0; i < count; ++i) each(i);
    return;
  }
  const auto words = allowed->words();
  for (std::size_t w = 0; w < words.size(); ++w) {
    if (w + 1 < words.size() && std::popcount(words[w + 1]) < 32) {
      for (std::uint64_t bits = words[w + 1]; bits != 0; bits &= bits - 1)
        prefetch_code(parts.code((w + 1) * 64 + static_cast<std::size_t>(std::countr_zero(bits))),
                      parts.stride);
    }
    for (std::uint64_t bits = words[w]; bits != 0; bits &= bits - 1)
      each(w * 64 + static_cast<std::size_t>(std::countr_zero(bits)));
  }
}

struct Doubt {
  float highest;  // what its similarity may be at most
  std::uint32_t ordinal;
};

}  // namespace

std::vector<Near> scan_codes(const VectorParts& parts, const EncodedQuery& query, std::size_t k,
                             const Bitmap* allowed, std::size_t& compared) {
  const auto& run = kernels();
  const auto length = static_cast<float>(query.length);
  const float base =
      parts.header.longest * query.scale.residual + kRounding * (1 + parts.header.longest * length);
  thread_local std::vector<Doubt> doubts;
  doubts.clear();
  TopK lowest(k);  // of what similarities are at least
  each_allowed(parts, allowed, [&](std::size_t i) {
    const Scale scale = parts.scales[i];
    if (scale.scale == 0) return;
    ++compared;
    const auto dot =
        static_cast<float>(run.dot_codes(parts.code(i), query.code.data(), parts.stride));
    const float about = dot * (scale.scale * query.scale.scale);
    const float error = base + scale.residual * (length + query.scale.residual);
    if (!(about + error >= lowest.floor())) return;  // also when the file made it no number
    const auto ordinal = static_cast<std::uint32_t>(i);
    doubts.push_back({about + error, ordinal});
    if (about - error > lowest.floor()) lowest.offer({ordinal, about - error});
  });
  std::erase_if(doubts, [&](const Doubt& one) { return one.highest < lowest.floor(); });
  std::ranges::sort(doubts, std::greater<>{}, &Doubt::highest);
  TopK best(k);
  for (const Doubt& one : doubts) {
    if (one.highest < best.floor()) break;
    const float similarity =
        run.dot(parts.vector(one.ordinal), query.vector.data(), query.vector.size());
    if (!std::isnan(similarity)) best.offer({one.ordinal, similarity});
  }
  return best.take();
}

std::vector<Near> VectorView::nearest_exact(std::span<const float> query, std::size_t k,
                                            const Bitmap* allowed) const {
  TopK best(k);
  if (EncodedQuery(query).scale.scale == 0) return {};
  each_allowed(parts_, allowed, [&](std::size_t i) {
    if (parts_.scales[i].scale == 0) return;
    const float similarity = kernels().dot(parts_.vector(i), query.data(), query.size());
    if (!std::isnan(similarity)) best.offer({static_cast<std::uint32_t>(i), similarity});
  });
  return best.take();
}

}  // namespace maester::retrieval
