// What a prompt's label answered, version by version: what a live comparison is made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/money.h"

namespace maester::meter {

struct LabelQuery {
  std::string prompt, label;
  WallTime from{}, to = WallTime::max();  // `to` excluded
  std::size_t limit = 200'000;            // the newest
};

// A request whose prompt's version was found by the label. Not among them: what was refused before
// it reached anyone, shadows, replays, and what Maester asks for itself (batches are live).
struct LabelAnswer {
  std::string version;
  bool answered = false;              // whole, with a status below 400
  bool cached = false;                // kept from before: what it took and cost says nothing
  std::int64_t duration_ms = 0;       // of the last attempt
  std::optional<FemtoUsd> cost;       // all attempts, corrections included
  std::optional<bool> verdict;        // of its checks
  std::optional<std::int64_t> score;  // their mean, in millionths
};
struct LabelFeedback {
  std::string version;
  std::string value;  // a JSON number, string or boolean; of callers, not of live rules
};
struct LabelAnswers {
  std::vector<LabelAnswer> answers;  // newest first
  std::vector<LabelFeedback> feedback;
  bool more = false;  // there were more than `limit`
};

}  // namespace maester::meter
