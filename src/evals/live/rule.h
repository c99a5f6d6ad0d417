// A live rule: which requests of a tenant are looked at after they were answered, what share of
// them, by which assertions, and whether people are to see them. Read once, shared by all threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"
#include "codec/json.h"
#include "codec/json_writer.h"
#include "evals/assertion.h"
#include "meter/records.h"

namespace maester::evals {

enum class ReviewWhen : std::uint8_t { never, failed, always };

struct LiveRule {
  std::string tenant, name;
  std::string key_id;  // in whose name graders are asked
  // Which requests; "" = any. `verdict` is that of the request's own checks, "pass" or "fail".
  std::string prompt, model, route, decision, verdict;
  double sample = 1;  // 0 < sample <= 1
  std::vector<Assertion> assertions;
  std::optional<double> threshold;
  std::string grader;  // the model that grades where an assertion names none
  ReviewWhen review = ReviewWhen::never;
  std::int64_t reviewers = 1;                // labels that a review needs
  std::optional<FemtoUsd> max_cost_per_day;  // of grading; UTC days
  std::string spec;                          // as it was asked for, canonical
  WallTime created_at{};

  // By what the usage record says; decision and verdict are of the receipt.
  bool covers(const meter::Dimensions& dimensions) const;
  // The share that is picked: the same requests for one rule, always.
  bool picks(std::string_view request_id) const;
};
using RulePtr = std::shared_ptr<const LiveRule>;

// Of the body of POST /v1/evals/rules, or of a stored spec. Code::invalid_request naming the
// member.
Result<LiveRule> read_live_rule(json::Value body);

}  // namespace maester::evals
