#include "codec/tokens/bpe.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <queue>

namespace maester::tokens {

std::size_t merge_scan(const RankTable& ranks, std::string_view piece, std::vector<TokenId>* out) {
  struct Part {
    std::uint32_t begin;
    TokenId pair;  // rank of this part joined with the next
  };
  std::array<Part, kScanMax + 2> parts;
  std::size_t count = piece.size();  // parts[count] is the end
  const auto joined = [&](std::size_t i) {
    if (i + 2 > count) return kNoToken;
    return ranks.find(piece.substr(parts[i].begin, parts[i + 2].begin - parts[i].begin));
  };
  for (std::size_t i = 0; i <= count; ++i) parts[i].begin = static_cast<std::uint32_t>(i);
  for (std::size_t i = 0; i < count; ++i) parts[i].pair = joined(i);
  while (count > 1) {
    std::size_t best = 0;
    for (std::size_t i = 1; i + 1 < count; ++i) {
      if (parts[i].pair < parts[best].pair) best = i;
    }
    if (parts[best].pair == kNoToken) break;
    std::copy(parts.begin() + static_cast<std::ptrdiff_t>(best) + 2,
              parts.begin() + static_cast<std::ptrdiff_t>(count) + 1,
              parts.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    --count;
    parts[best].pair = joined(best);
    if (best > 0) parts[best - 1].pair = joined(best - 1);
  }
  for (std::size_t i = 0; out != nullptr && i < count; ++i) {
    out->push_back(ranks.find(piece.substr(parts[i].begin, parts[i + 1].begin - parts[i].begin)));
  }
  return count;
}

namespace {

// The parts of a long piece as a linked list over its bytes, and a heap of the pairs that may
// merge. A heap entry is stale when the pair that now begins at its place has another rank.
class HeapMerger {
 public:
  HeapMerger(const RankTable& ranks, std::string_view piece)
      : ranks_(ranks), piece_(piece), parts_(piece.size() + 1) {
    const auto n = static_cast<std::uint32_t>(piece.size());
    for (std::uint32_t i = 0; i <= n; ++i) {
      parts_[i] = {.previous = i == 0 ? 0 : i - 1, .next = i + 1, .pair = kNoToken};
    }
    std::vector<std::uint64_t> entries;
    entries.reserve(n);
    for (std::uint32_t i = 0; i < n; ++i) {
      if (const TokenId rank = measure(i); rank != kNoToken) entries.push_back(entry(rank, i));
    }
    heap_ = Heap(std::greater<>{}, std::move(entries));
  }

  std::size_t run() {
    std::size_t count = piece_.size();
    while (!heap_.empty()) {
      const std::uint64_t lowest = heap_.top();
      heap_.pop();
      const auto at = static_cast<std::uint32_t>(lowest);
      if (parts_[at].pair != static_cast<TokenId>(lowest >> 32)) continue;
      const std::uint32_t taken = parts_[at].next;
      parts_[taken].pair = kNoToken;
      parts_[at].next = parts_[taken].next;
      if (parts_[at].next <= piece_.size()) parts_[parts_[at].next].previous = at;
      --count;
      refresh(at);
      if (at > 0) refresh(parts_[at].previous);
    }
    return count;
  }

  void append(std::vector<TokenId>& out) const {
    for (std::uint32_t i = 0; i < piece_.size(); i = parts_[i].next) {
      out.push_back(ranks_.find(piece_.substr(i, parts_[i].next - i)));
    }
  }

 private:
  struct Part {
    std::uint32_t previous, next;
    TokenId pair;
  };
  using Heap = std::priority_queue<std::uint64_t, std::vector<std::uint64_t>, std::greater<>>;

  static std::uint64_t entry(TokenId rank, std::uint32_t at) {
    return std::uint64_t{rank} << 32 | at;  // lowest rank first, then leftmost
  }
  // Looks up the rank of the pair that begins at `at`.
  TokenId measure(std::uint32_t at) {
    const std::uint32_t middle = parts_[at].next;
    TokenId rank = kNoToken;
    if (middle < piece_.size()) rank = ranks_.find(piece_.substr(at, parts_[middle].next - at));
    return parts_[at].pair = rank;
  }
  void refresh(std::uint32_t at) {
    if (const TokenId rank = measure(at); rank != kNoToken) heap_.push(entry(rank, at));
  }

  const RankTable& ranks_;
  std::string_view piece_;
  std::vector<Part> parts_;
  Heap heap_;
};

}  // namespace

std::size_t merge_heap(const RankTable& ranks, std::string_view piece, std::vector<TokenId>* out) {
  HeapMerger merger(ranks, piece);
  const std::size_t count = merger.run();
  if (out != nullptr) merger.append(*out);
  return count;
}

std::size_t encode_piece(const RankTable& ranks, std::string_view piece,
                         std::vector<TokenId>* out) {
  if (const TokenId whole = ranks.find(piece); whole != kNoToken) {
    if (out != nullptr) out->push_back(whole);
    return 1;
  }
  return piece.size() <= kScanMax ? merge_scan(ranks, piece, out) : merge_heap(ranks, piece, out);
}

}  // namespace maester::tokens
