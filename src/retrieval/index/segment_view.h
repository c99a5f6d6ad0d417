// A segment as a snapshot sees it: with its dead. Immutable, thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "retrieval/bitmap.h"
#include "retrieval/index/filter_cache.h"
#include "retrieval/segment/segment.h"

namespace maester::retrieval {

class SegmentView {
 public:
  // `dead`: ordinals of documents, rising, each in the segment.
  SegmentView(std::shared_ptr<Segment> segment, std::vector<std::uint32_t> dead);

  const Segment& segment() const { return *segment_; }
  const std::shared_ptr<Segment>& shared() const { return segment_; }
  const std::vector<std::uint32_t>& dead() const { return dead_; }

  bool alive(std::uint32_t document) const { return dead_.empty() || !dead_set_.test(document); }
  // Null when all are.
  const Bitmap* living_chunks() const { return dead_.empty() ? nullptr : &living_chunks_; }
  std::uint32_t documents() const;  // alive
  std::uint32_t chunks() const { return segment_->counts().chunks - dead_chunks_; }
  std::uint64_t length() const { return segment_->counts().length - dead_length_; }
  std::optional<std::uint32_t> find(const Uuid& document) const;  // alive

  // Living chunks that have the term. Counted when first asked for, then remembered.
  std::uint32_t df(const std::string& term, const TermEntry& entry) const;
  FilterCache& filters() const { return filters_; }

 private:
  std::shared_ptr<Segment> segment_;
  std::vector<std::uint32_t> dead_;
  Bitmap dead_set_, living_chunks_;
  std::uint32_t dead_chunks_ = 0;
  std::uint64_t dead_length_ = 0;
  mutable FilterCache filters_;
  mutable std::mutex mutex_;
  mutable std::unordered_map<std::string, std::uint32_t> dfs_;
};
using SegmentViewPtr = std::shared_ptr<const SegmentView>;

}  // namespace maester::retrieval
