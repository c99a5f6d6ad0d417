// How an answer differs from the one that was recorded, by kind. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "codec/json_writer.h"
#include "evals/runs/results.h"

namespace maester::evals {

enum class DifferenceKind : std::uint8_t {
  text,       // another text
  structure,  // JSON with other members or types, JSON instead of text, other tools called
  verdict,    // it passed and does not, or the other way round
  cost,       // by more than 10 %
  latency     // by more than 25 % and 100 ms
};
inline constexpr std::array<std::string_view, 5> kDifferenceNames{"text", "structure", "verdict",
                                                                  "cost", "latency"};

std::vector<DifferenceKind> differences(const CaseResult& before, const CaseResult& after);

// Sums over a batch.
struct DifferenceSums {
  std::int64_t compared = 0, same = 0;
  std::array<std::int64_t, kDifferenceNames.size()> by_kind{};
  std::int64_t regressed = 0, improved = 0;  // passed before and does not; the other way round
  std::int64_t missing = 0;                  // without an answer on one side (yet)
  FemtoUsd cost_before, cost_after;
  std::int64_t latency_before_ms = 0, latency_after_ms = 0;
  void add(const CaseResult& before, const CaseResult& after,
           const std::vector<DifferenceKind>& kinds);
};
void write_sums(json::Writer& w, const DifferenceSums& sums);

// The shape of a JSON text: members and types without values; "" when it is none.
std::string shape_of(std::string_view text);

}  // namespace maester::evals
