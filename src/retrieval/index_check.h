// Whether an index still finds what it holds: for copies that were brought back, with nobody there
// to say what its settings are.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "retrieval/index.h"

namespace maester::retrieval {

// Opens what is in `directory` with the settings of its own manifest. Code::not_found when it holds
// no index; else as Index::open.
Result<std::unique_ptr<Index>> open_as_it_is(store::FileSystem& files,
                                             const std::string& directory);

struct IndexCheck {
  std::uint64_t segments = 0, documents = 0, chunks = 0;
  // The recall probe: of the vectors that a full comparison finds nearest to some of the index's
  // own, the share that the search finds. 1 without vectors.
  std::uint64_t vectors = 0;  // asked with
  double recall = 1;
  // The lexical probe: terms of some chunks' texts, each of which must lead back to its chunk.
  std::uint64_t terms = 0, lost_terms = 0;
};

inline constexpr double kLeastRecall = 0.95;

// Looks again at `sample` chunks and vectors, spread over each segment. Says what it saw; whether
// that is good enough is judge()'s.
IndexCheck probe(const Snapshot& snapshot, std::size_t sample);

// Code::corrupt, saying what was lost.
Status judge(const IndexCheck& check);

// Opens, verifies every checksum, probes and judges. Code::corrupt, naming the directory or the
// file. Long.
Result<IndexCheck> check_index(store::FileSystem& files, const std::string& directory,
                               std::size_t sample = 100);

}  // namespace maester::retrieval
