#include "retrieval/index/segment_view.h"

#include <algorithm>

#include "retrieval/lexical/cursor.h"

namespace maester::retrieval {
namespace {

constexpr std::size_t kRemembered = 100'000;  // terms

// Dead chunks that the list has, by looking each dead document up.
std::uint32_t look_up_dead(const Segment& segment, const PostingList& list,
                           const std::vector<std::uint32_t>& dead) {
  Cursor cursor(list);
  std::uint32_t found = 0;
  for (const std::uint32_t document : dead) {
    const auto [begin, end] = segment.chunks_of(document);
    for (std::uint32_t chunk = cursor.seek(begin); chunk < end; chunk = cursor.seek(chunk + 1)) {
      ++found;
    }
  }
  return found;
}

// The same by walking the list.
std::uint32_t walk_dead(const PostingList& list, const Bitmap& living) {
  std::uint32_t found = 0;
  Block block;
  for (std::size_t b = 0; b < list.blocks(); ++b) {
    if (!list.decode_chunks(b, block)) break;
    for (std::size_t i = 0; i < block.size; ++i) found += living.test(block.chunks[i]) ? 0 : 1;
  }
  return found;
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
  constexpr std::size_t kLookUpCost = 16;  // in postings walked
  const PostingList list = segment_->postings(entry);
  const std::uint32_t dead = dead_.size() * kLookUpCost < list.df()
                                 ? look_up_dead(*segment_, list, dead_)
                                 : walk_dead(list, living_chunks_);
  const std::uint32_t df = entry.df - std::min(dead, entry.df);
  const std::scoped_lock lock(mutex_);
  if (dfs_.size() >= kRemembered) dfs_.clear();
  dfs_.emplace(term, df);
  return df;
}

}  // namespace maester::retrieval
