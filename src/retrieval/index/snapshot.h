// The snapshot that an Index gives: the views of its segments and the two legs over them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "retrieval/index.h"
#include "retrieval/index/segment_view.h"
#include "retrieval/lexical/best.h"
#include "retrieval/lexical/search.h"

namespace maester::retrieval {

class SegmentSnapshot final : public Snapshot {
 public:
  SegmentSnapshot(std::uint64_t sequence, IndexSettings settings,
                  std::vector<SegmentViewPtr> views);

  Result<Found> search(const Query& query) const override;
  std::uint64_t sequence() const override { return sequence_; }
  std::size_t documents() const override { return documents_; }
  std::size_t chunks() const override { return chunks_; }
  bool contains(const Uuid& document) const override;

  const std::vector<SegmentViewPtr>& views() const { return views_; }

 private:
  using Allowed = std::vector<std::shared_ptr<const Bitmap>>;  // of each segment; null = all
  std::vector<Candidate> lexical_leg(const LexicalQuery& query, const Allowed& allowed,
                                     std::size_t k, std::string* plan) const;
  std::vector<Candidate> vector_leg(const Query& query, const Allowed& allowed, std::size_t k,
                                    std::string* plan) const;
  Hit hit(const Candidate& one, const Query& query) const;

  std::uint64_t sequence_;
  IndexSettings settings_;
  std::vector<SegmentViewPtr> views_;
  TieOrder order_;
  std::size_t documents_ = 0, chunks_ = 0;
};

}  // namespace maester::retrieval
