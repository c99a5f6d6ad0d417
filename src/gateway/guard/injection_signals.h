// The rules of the injection heuristics: concepts that stand near one another. Private to guard.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "gateway/guard/vocabulary.h"

namespace maester::gateway::guard {

// The concepts in this order, each at most `gap` words after the one before it.
struct Sequence {
  std::string_view name;
  double score;
  std::uint8_t gap;
  std::array<Concept, 4> concepts;  // kCount fills the rest
};
std::span<const Sequence> sequences();

// Words of one concept, however far apart: each different one adds `score`, up to `most`.
struct Tally {
  std::string_view name;
  Concept meaning;
  double score;
  double most;
};
std::span<const Tally> tallies();

// Marks as they stand in the text (letters in lower case).
struct Marker {
  std::string_view text;
  std::string_view name;
  double score;
};
std::span<const Marker> markers();

}  // namespace maester::gateway::guard
