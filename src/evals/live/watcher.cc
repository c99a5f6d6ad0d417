#include "evals/live/watcher.h"

#include <cmath>

#include "base/search.h"

namespace maester::evals {
namespace {

constexpr std::chrono::days kOldest{1};

// The receipt was written without spaces, and a quote inside a text is escaped: these words cannot
// stand in one. They say whether it is worth reading.
bool says(const meter::Settlement& settlement, std::string_view words) {
  return has_words(settlement.receipt, words);
}

// Maester's own: an evaluation of evaluations would have no end.
bool is_own(const meter::Settlement& settlement) {
  return says(settlement, R"("purpose":"eval")") || says(settlement, R"("purpose":"grade")") ||
         says(settlement, R"("purpose":"replay")") || says(settlement, R"("replay_of":)") ||
         says(settlement, R"("shadow_of":)") || says(settlement, R"("judges_for":)");
}

std::string checks_that_failed(const std::vector<GraderVerdict>& verdicts) {
  std::string out;
  for (const GraderVerdict& one : verdicts) {
    if (one.passed) continue;
    if (!out.empty()) out += ", ";
    out += one.grader;
  }
  return out;
}

}  // namespace

Review review_of(const meter::Settlement& settlement, ReviewOrigin origin) {
  Review out;
  out.tenant = settlement.dimensions.tenant;
  out.request_id = settlement.request_id;
  out.origin = origin;
  out.prompt = settlement.dimensions.prompt_name;
  if (!out.prompt.empty() && !settlement.dimensions.prompt_version.empty())
    out.prompt += "@" + settlement.dimensions.prompt_version;
  out.model = settlement.dimensions.model;
  const auto document = json::Document::parse(settlement.receipt);
  if (!document) return out;
  const json::Value root = document->root();
  out.reason = root.get("error").get("message").string_or("");
  for (const json::Value one : root.get("evaluation").get("metrics")) {
    out.verdicts.push_back({std::string(one.get("name").string_or("")),
                            one.get("passed").bool_or(false),
                            std::llround(one.get("score").as_double().value_or(0) * 1e6)});
  }
  return out;
}

void RequestWatcher::ended(const meter::Settlement& settlement) {
  if (settlement.receipt.empty()) return;
  if (says(settlement, R"("decision":"escalate")")) escalated(settlement);
  look_at_rules(settlement);
}

void RequestWatcher::escalated(const meter::Settlement& settlement) {
  const auto document = json::Document::parse(settlement.receipt);
  if (!document || document->root().get("decision").string_or("") != "escalate") return;
  if (is_own(settlement)) return;
  Review review = review_of(settlement, ReviewOrigin::escalated);
  review.source = checks_that_failed(review.verdicts);
  if (review.source.empty()) review.source = "knowledge";
  to_review_.push_back(std::move(review));
}

void RequestWatcher::look_at_rules(const meter::Settlement& settlement) {
  const auto rules = live_.current();
  const auto own = rules->find(settlement.dimensions.tenant);
  if (own == rules->end() || own->second.empty() || is_own(settlement)) return;
  const bool fresh = settlement.at >= clock_.wall() - kOldest;
  for (const RulePtr& rule : own->second) {
    if (!fresh || settlement.at < rule->created_at || !rule->covers(settlement.dimensions))
      continue;
    // Without an answer there is nothing to judge, but people may want to see what went wrong.
    const bool answered = settlement.outcome == meter::Outcome::settled && settlement.status < 400;
    if (!answered && rule->decision.empty()) continue;
    if (!rule->decision.empty() && !says(settlement, "\"decision\":\"" + rule->decision + "\""))
      continue;
    if (!rule->verdict.empty() &&
        !says(settlement, "\"evaluation\":{\"status\":\"" + rule->verdict + "\""))
      continue;
    if (!rule->picks(settlement.request_id)) continue;
    if (!rule->assertions.empty()) picked_.push_back({rule, settlement.request_id});
    if (rule->review != ReviewWhen::always) continue;
    Review review = review_of(settlement, ReviewOrigin::sampled);
    review.source = rule->name;
    review.needed = rule->reviewers;
    to_review_.push_back(std::move(review));
  }
}

Status RequestWatcher::keep() {
  if (picked_.empty() && to_review_.empty()) return {};
  const bool jobs_added = !picked_.empty();
  {
    const auto db = work_.use();
    TRY(db->transaction([&]() -> Status {
      for (const Review& review : to_review_) TRY(reviews_.add(*db, review));
      for (const Picked& one : picked_) TRY(live_.pick(*db, *one.rule, one.request_id));
      return {};
    }));
  }
  picked_.clear();
  to_review_.clear();
  if (jobs_added) queue_.wake();
  return {};
}

}  // namespace maester::evals
