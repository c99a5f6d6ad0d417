// Merges of SegmentIndex.
#include <algorithm>

#include "retrieval/index/merge_policy.h"
#include "retrieval/index/segment_index.h"

namespace maester::retrieval {
namespace {

// Documents of the merged segment that died since its sources were taken: `before` are the views
// that were merged, `now` the same segment's, or null when nothing of it lives any more.
void add_deaths(const SegmentView& before, const SegmentView* now, std::uint32_t base,
                std::vector<std::uint32_t>& out) {
  std::uint32_t ordinal = base;
  for (std::uint32_t d = 0; d < before.segment().counts().documents; ++d) {
    if (!before.alive(d)) continue;
    if (now == nullptr || !now->alive(d)) out.push_back(ordinal);
    ++ordinal;
  }
}

}  // namespace

std::vector<SegmentViewPtr> SegmentIndex::choose() {
  const auto snapshot = history_.newest();
  std::vector<SegmentSize> sizes;
  for (const SegmentViewPtr& view : snapshot->views()) {
    const VectorView& vectors = view->segment().vectors();
    sizes.push_back({view->segment().counts().chunks, view->chunks(),
                     vectors.count() > 0 && vectors.count() >= settings_.graph.from &&
                         !vectors.has_graph() && !graph_tried_.contains(view->segment().number())});
  }
  std::vector<SegmentViewPtr> out;
  for (const std::size_t i : choose_merge(sizes)) out.push_back(snapshot->views()[i]);
  return out;
}

Result<bool> SegmentIndex::merge(bool (*stopped)(void*), void* context) {
  const std::scoped_lock merging(merge_turn_);
  const Views sources = choose();
  if (sources.empty()) return false;
  std::uint64_t number = 0;
  {
    const std::scoped_lock lock(turn_);
    TRY(ready());
    number = next_segment_++;
  }
  std::vector<MergeSource> inputs;
  for (const SegmentViewPtr& view : sources) inputs.push_back({view->shared(), view->dead()});
  const std::string path = directory_.segment_path(number);
  Status merged =
      merge_segments(directory_.files(), path, settings_, inputs, Stop{stopped, context});
  if (merged) {
    auto segment = Segment::open(directory_.files(), directory_.path(), number);
    if (segment) {
      graph_tried_.insert(number);
      TRY(flip_merged(sources, std::move(*segment)));
      return true;
    }
    merged = fail(std::move(segment).error());
  }
  (void)directory_.files().remove(path);  // else at the next start
  return fail(std::move(merged).error());
}

Status SegmentIndex::flip_merged(const Views& sources, std::shared_ptr<Segment> merged) {
  const std::scoped_lock lock(turn_);
  std::vector<std::uint32_t> dead;
  std::uint32_t base = 0;
  Views next;
  for (const SegmentViewPtr& before : sources) {
    const auto now = std::find_if(newest_.begin(), newest_.end(), [&](const SegmentViewPtr& view) {
      return &view->segment() == &before->segment();
    });
    add_deaths(*before, now == newest_.end() ? nullptr : now->get(), base, dead);
    base += before->documents();
  }
  for (const SegmentViewPtr& view : newest_) {
    const bool replaced = std::any_of(sources.begin(), sources.end(), [&](const SegmentViewPtr& s) {
      return &s->segment() == &view->segment();
    });
    if (!replaced) next.push_back(view);
  }
  auto made = std::make_shared<SegmentView>(merged, std::move(dead));
  if (made->documents() > 0)
    next.push_back(std::move(made));
  else
    merged->remove_at_end();
  Status flipped = ready();
  if (flipped) flipped = flip(std::move(next));
  if (!flipped && !directory_.broken()) merged->remove_at_end();
  return flipped;
}

}  // namespace maester::retrieval
