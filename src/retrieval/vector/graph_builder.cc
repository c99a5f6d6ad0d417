#include "retrieval/vector/graph_builder.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>

#include "retrieval/vector/kernels.h"

namespace maester::retrieval {
namespace {

constexpr std::uint64_t kSeed = 0x6d61657374657231;
constexpr std::size_t kAskEvery = 64;  // insertions between two questions whether to stop

// splitmix64 (Steele, Lea and Flood 2014)
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// Each level holds one node in `neighbours` of the one below: counted in whole numbers, so that
// machines agree.
std::uint8_t level_of(std::uint32_t node, std::uint32_t neighbours) {
  std::uint64_t draw = mix(kSeed ^ node);
  std::uint8_t level = 0;
  while (level < kMaxLevels && draw % neighbours == 0) {
    ++level;
    draw = mix(draw);
  }
  return level;
}

// Neighbours in the matrix are often neighbours in meaning; a graph that grows in that order has
// its early parts cut off from its late ones.
std::vector<std::uint32_t> shuffled(const VectorParts& parts) {
  std::vector<std::uint32_t> order;
  order.reserve(parts.header.count);
  for (std::uint32_t i = 0; i < parts.header.count; ++i) {
    if (parts.scales[i].scale != 0) order.push_back(i);
  }
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[mix(kSeed + i) % i]);
  return order;
}

}  // namespace

struct GraphBuilder::Level {
  const GraphBuilder& of;
  std::uint32_t level, node;  // asked about

  std::size_t size() const { return of.parts_.header.count; }
  std::span<const std::uint32_t> links(std::uint32_t other) const { return of.links(other, level); }
  float similarity(std::uint32_t other) const { return of.similarity(node, other); }
  void prefetch(std::uint32_t other) const {
    prefetch_code(of.parts_.code(other), of.parts_.stride);
  }
  bool wanted(std::uint32_t) const { return true; }
};

GraphBuilder::GraphBuilder(const VectorParts& parts, const GraphSettings& settings)
    : parts_(parts),
      neighbours_(settings.neighbours),
      candidates_(std::max(settings.candidates, settings.neighbours)) {}

std::span<const std::uint32_t> GraphBuilder::links(std::uint32_t node, std::uint32_t level) const {
  const std::size_t m = neighbours_;
  if (level == 0) return std::span(bottom_).subspan(node * 2 * m, 2 * m);
  return std::span(upper_).subspan(upper_at_[node] + (level - 1) * m, m);
}
std::span<std::uint32_t> GraphBuilder::links(std::uint32_t node, std::uint32_t level) {
  const std::size_t m = neighbours_;
  if (level == 0) return std::span(bottom_).subspan(node * 2 * m, 2 * m);
  return std::span(upper_).subspan(upper_at_[node] + (level - 1) * m, m);
}

float GraphBuilder::similarity(std::uint32_t a, std::uint32_t b) const {
  const auto dot =
      static_cast<float>(kernels().dot_codes(parts_.code(a), parts_.code(b), parts_.stride));
  return dot * (parts_.scales[a].scale * parts_.scales[b].scale);
}

Status GraphBuilder::build(bool (*stopped)(void*), void* context) {
  const std::vector<std::uint32_t> order = shuffled(parts_);
  bottom_.assign(std::size_t{parts_.header.count} * 2 * neighbours_, kNoNode);
  levels_.assign(parts_.header.count, 0);
  upper_at_.assign(parts_.header.count, 0);
  std::size_t upper = 0;
  for (const std::uint32_t node : order) {
    levels_[node] = level_of(node, neighbours_);
    upper_at_[node] = static_cast<std::uint32_t>(upper);
    upper += std::size_t{levels_[node]} * neighbours_;
  }
  if (upper >= kNoNode) return fail(Code::too_large, "Too many vectors for one graph.");
  upper_.assign(upper, kNoNode);
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (stopped != nullptr && i % kAskEvery == 0 && stopped(context))
      return fail(Code::cancelled, "Building the vector graph was stopped.");
    insert(order[i]);
  }
  return {};
}

Scored GraphBuilder::climb_down(std::uint32_t node, std::uint32_t to_level) {
  Scored at{similarity(node, entry_), entry_};
  for (std::uint32_t level = top_; level > to_level; --level) {
    for (bool moved = true; moved;) {
      moved = false;
      for (const std::uint32_t link : links(at.node, level)) {
        if (link == kNoNode) break;
        const Scored next{similarity(node, link), link};
        if (!better(next, at)) continue;
        at = next;
        moved = true;
        break;
      }
    }
  }
  return at;
}

void GraphBuilder::insert(std::uint32_t node) {
  const std::uint32_t own = levels_[node];
  if (entry_ == kNoNode) {
    entry_ = node;
    top_ = own;
    return;
  }
  Scored start = climb_down(node, std::min(own, top_));
  std::size_t compared = 0;
  for (std::uint32_t level = std::min(own, top_) + 1; level-- > 0;) {
    walk(Level{*this, level, node}, start, candidates_, scratch_,
         std::numeric_limits<std::size_t>::max(), compared);
    sorted_ = scratch_.found;
    std::sort(sorted_.begin(), sorted_.end(), better);
    start = sorted_.front();
    select(sorted_, neighbours_, true);
    around_ = chosen_;
    const std::span<std::uint32_t> mine = links(node, level);
    for (std::size_t i = 0; i < around_.size(); ++i) mine[i] = around_[i].node;
    for (const Scored& one : around_) connect(one.node, {one.similarity, node}, level);
  }
  if (own > top_) {
    entry_ = node;
    top_ = own;
  }
}

// Leaves in chosen_ those that are closer to the asked than to any chosen before them; with `fill`
// the best of the others while there is room. REQUIRES: candidates best first.
void GraphBuilder::select(std::span<const Scored> candidates, std::size_t most, bool fill) {
  chosen_.clear();
  pruned_.clear();
  for (const Scored& one : candidates) {
    if (chosen_.size() >= most) break;
    const bool apart = std::ranges::all_of(chosen_, [&](const Scored& other) {
      return similarity(one.node, other.node) < one.similarity;
    });
    (apart ? chosen_ : pruned_).push_back(one);
  }
  if (!fill) return;
  for (std::size_t i = 0; i < pruned_.size() && chosen_.size() < most; ++i)
    chosen_.push_back(pruned_[i]);
}

void GraphBuilder::connect(std::uint32_t from, Scored to, std::uint32_t level) {
  const std::span<std::uint32_t> slots = links(from, level);
  if (slots.back() == kNoNode) {
    *std::ranges::find(slots, kNoNode) = to.node;
    return;
  }
  sorted_.clear();
  sorted_.push_back(to);
  for (const std::uint32_t node : slots) prefetch_code(parts_.code(node), parts_.stride);
  for (const std::uint32_t node : slots) sorted_.push_back({similarity(from, node), node});
  std::sort(sorted_.begin(), sorted_.end(), better);
  select(sorted_, slots.size(), false);
  std::ranges::fill(slots, kNoNode);
  for (std::size_t i = 0; i < chosen_.size(); ++i) slots[i] = chosen_[i].node;
}

std::vector<std::uint32_t> GraphBuilder::nodes_of(std::uint32_t level) const {
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < levels_.size(); ++i) {
    if (levels_[i] >= level) out.push_back(i);
  }
  return out;
}

void GraphBuilder::describe(VectorHeader& header) const {
  if (entry_ == kNoNode) return;
  header.neighbours = neighbours_;
  header.levels = top_;
  for (std::uint32_t level = 1; level <= top_; ++level)
    header.level_nodes[level - 1] = static_cast<std::uint32_t>(nodes_of(level).size());
  header.entry = entry_;
  if (top_ == 0) return;
  const std::vector<std::uint32_t> nodes = nodes_of(top_);
  header.entry = static_cast<std::uint32_t>(std::ranges::find(nodes, entry_) - nodes.begin());
}

void GraphBuilder::write(const VectorHeader& header, char* section) const {
  const VectorOffsets at(header);
  if (header.neighbours == 0) return;
  std::memcpy(section + at.links, bottom_.data(), bottom_.size() * sizeof(std::uint32_t));
  std::vector<std::uint32_t> below(header.count), here(header.count);
  std::iota(below.begin(), below.end(), 0U);
  for (std::uint32_t level = 1; level <= header.levels; ++level) {
    const std::vector<std::uint32_t> nodes = nodes_of(level);
    for (std::uint32_t i = 0; i < nodes.size(); ++i) here[nodes[i]] = i;
    std::vector<std::uint32_t> record(2 + std::size_t{neighbours_});
    char* out = section + at.levels[level - 1];
    for (const std::uint32_t node : nodes) {
      record[0] = node;
      record[1] = below[node];
      std::ranges::transform(links(node, level), record.begin() + 2, [&](std::uint32_t link) {
        return link == kNoNode ? kNoNode : here[link];
      });
      std::memcpy(out, record.data(), record.size() * sizeof(std::uint32_t));
      out += record.size() * sizeof(std::uint32_t);
    }
    below = here;
  }
}

}  // namespace maester::retrieval
