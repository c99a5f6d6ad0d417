#include "retrieval/index/segment_view.h"

#include <algorithm>

namespace maester::retrieval {
namespace {

constexpr std::size_t kRemembered = 100'000;  // terms

// Of the list, in the dead: walks whichever there is less of, block by block.
std::uint32_t count_dead(const PostingList& list, const Bitmap& living) {
  std::uint32_t dead = 0;
  Block block;
  for (std::size_t b = 0; b < list.blocks(); ++b) {
    if (!list.decode_chunks(b, block)) break;
    for (std::size_t i = 0; i < block.size; ++i) dead += living.test(block.chunks[i]) ? 0 : 1;
  }
  return dead;
}

}  // namespace

SegmentView::SegmentView(std::shared_ptr<Segment> segment, std::vector<std::uint32_t> dead)
    : segment_(std::move(segment)), dead_(std::move(dead)) {
  if (dead_.empty()) return;
  dead_set_ = Bitmap(segment_->counts().documents);
  living_chunks_ = Bitmap(segment_->counts().chunks, true);
  for (const std::uint32_t document : dead_) {
    dead_set_.set(document);
    const auto [begin, end] = segment_->chunks_of(document);
    for (std::uint32_t c = begin; c < end; ++c) living_chunks_.clear(c);
    dead_chunks_ += end - begin;
    dead_length_ += segment_->document(document).length;
  }
}

std::uint32_t SegmentView::documents() const {
  return segment_->counts().documents - static_cast<std::uint32_t>(dead_.size());
}

std::optional<std::uint32_t> SegmentView::find(const Uuid& document) const {
  const auto ordinal = segment_->find(document);
  return ordinal && alive(*ordinal) ? ordinal : std::nullopt;
}

std::uint32_t SegmentView::df(const std::string& term, const TermEntry& entry) const {
  if (dead_.empty()) return entry.df;
  {
    const std::scoped_lock lock(mutex_);
    const auto known = dfs_.find(term);
    if (known != dfs_.end()) return known->second;
  }
  const std::uint32_t dead = count_dead(segment_->postings(entry), living_chunks_);
  const std::uint32_t df = entry.df - std::min(dead, entry.df);
  const std::scoped_lock lock(mutex_);
  if (dfs_.size() >= kRemembered) dfs_.clear();
  dfs_.emplace(term, df);
  return df;
}

}  // namespace maester::retrieval
