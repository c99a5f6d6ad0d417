// The Index over segments. Commits take turns; merges run beside them and take a turn only to flip.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "retrieval/index/directory.h"
#include "retrieval/index/history.h"
#include "retrieval/index/snapshot.h"
#include "retrieval/segment/segment_merger.h"

namespace maester::retrieval {

class SegmentIndex final : public Index {
 public:
  SegmentIndex(store::FileSystem& files, std::string directory, IndexSettings settings,
               const Clock& clock)
      : directory_(files, std::move(directory)), settings_(std::move(settings)), history_(clock) {}

  Status open();
  Status commit(std::span<const IndexDocument> added, std::span<const Uuid> removed) override;
  Result<bool> merge(bool (*stopped)(void*), void* context) override;
  SnapshotPtr snapshot() const override { return history_.newest(); }
  SnapshotPtr snapshot(std::uint64_t sequence) const override { return history_.of(sequence); }
  Size size() const override;
  Status verify() const override;

 private:
  using Views = std::vector<SegmentViewPtr>;
  Status ready() const;
  // One manifest with these; then they are what the index is. REQUIRES: turn_ is held.
  Status flip(Views next);
  Result<std::shared_ptr<Segment>> add_segment(std::span<const IndexDocument> added);
  Views choose();  // what to merge; empty = nothing
  Status flip_merged(const Views& sources, std::shared_ptr<Segment> merged);

  Directory directory_;
  IndexSettings settings_;
  mutable History history_;
  std::mutex turn_;                                // of commits and flips
  std::mutex merge_turn_;                          // one merge at a time
  Views newest_;                                   // under turn_
  std::uint64_t sequence_ = 0, next_segment_ = 1;  // under turn_
  std::set<std::uint64_t> graph_tried_;            // under merge_turn_
};

}  // namespace maester::retrieval
