#include "evals/live/rule.h"

#include <algorithm>
#include <array>

#include "base/hash.h"
#include "codec/json_canonical.h"
#include "evals/value.h"

namespace maester::evals {
namespace {

constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxAssertions = 50;
constexpr std::int64_t kMaxReviewers = 20;

bool good_name(std::string_view name) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= kMaxName && std::ranges::all_of(name, good);
}

Status known_members(json::Value object, std::span<const std::string_view> known) {
  for (const json::Value member : object) {
    if (std::ranges::find(known, member.key()) == known.end()) {
      return fail(Code::invalid_request, "There is no member `" + std::string(member.key()) + "`.",
                  member.path());
    }
  }
  return {};
}

Result<std::string> word(json::Value value) {
  if (value.empty()) return std::string();
  TRY_ASSIGN(const std::string_view text, value.as_string());
  return std::string(text);
}

Status read_where(json::Value where, LiveRule& rule) {
  if (where.empty()) return {};
  if (!where.is_object()) return fail(Code::invalid_request, "`where` must be an object.", "where");
  static constexpr std::array<std::string_view, 5> kKnown{"prompt", "model", "route", "decision",
                                                          "verdict"};
  TRY(known_members(where, kKnown));
  TRY_ASSIGN(rule.prompt, word(where.get("prompt")));
  TRY_ASSIGN(rule.model, word(where.get("model")));
  TRY_ASSIGN(rule.route, word(where.get("route")));
  TRY_ASSIGN(rule.decision, word(where.get("decision")));
  TRY_ASSIGN(rule.verdict, word(where.get("verdict")));
  static constexpr std::array<std::string_view, 7> kDecisions{
      "", "return", "repaired", "fallback", "clarify", "refuse", "escalate"};
  if (std::ranges::find(kDecisions, rule.decision) == kDecisions.end()) {
    return fail(Code::invalid_request,
                "`where.decision` is return, repaired, fallback, clarify, refuse or escalate.",
                "where.decision");
  }
  if (!rule.verdict.empty() && rule.verdict != "pass" && rule.verdict != "fail") {
    return fail(Code::invalid_request, "`where.verdict` is \"pass\" or \"fail\".", "where.verdict");
  }
  return {};
}

Result<ReviewWhen> read_review(json::Value value) {
  const std::string_view text = value.string_or(value.empty() ? "never" : "");
  if (text == "never") return ReviewWhen::never;
  if (text == "failed") return ReviewWhen::failed;
  if (text == "always") return ReviewWhen::always;
  return fail(Code::invalid_request, "`review` is \"never\", \"failed\" or \"always\".", "review");
}

Status read_assertion_list(json::Value list, LiveRule& rule) {
  if (list.empty()) return {};
  if (!list.is_array() || list.size() > kMaxAssertions) {
    return fail(Code::invalid_request, "`assertions` is a list of up to 50 assertions.",
                "assertions");
  }
  auto read = read_assertions(from_json(list), {.file = "assertions", .folder = ""});
  if (!read) return fail(Code::invalid_request, read.error().message, "assertions");
  rule.assertions = std::move(*read);
  return {};
}

Status read_numbers(json::Value body, LiveRule& rule) {
  if (const json::Value sample = body.get("sample"); !sample.empty()) {
    TRY_ASSIGN(rule.sample, sample.as_double());
  }
  if (!(rule.sample > 0 && rule.sample <= 1)) {
    return fail(Code::invalid_request, "`sample` is a share: more than 0, at most 1.", "sample");
  }
  if (const json::Value threshold = body.get("threshold"); !threshold.empty()) {
    TRY_ASSIGN(rule.threshold, threshold.as_double());
  }
  if (const json::Value reviewers = body.get("reviewers"); !reviewers.empty()) {
    TRY_ASSIGN(rule.reviewers, reviewers.as_int());
  }
  if (rule.reviewers < 1 || rule.reviewers > kMaxReviewers)
    return fail(Code::invalid_request, "`reviewers` is a number from 1 to 20.", "reviewers");
  if (const json::Value most = body.get("max_cost_usd_per_day"); !most.empty()) {
    rule.max_cost_per_day =
        FemtoUsd::parse(most.is_string() ? most.string_or("") : most.as_number_text().value_or(""));
    if (!rule.max_cost_per_day || *rule.max_cost_per_day < FemtoUsd()) {
      return fail(Code::invalid_request, "`max_cost_usd_per_day` is an amount such as \"2.50\".",
                  "max_cost_usd_per_day");
    }
  }
  return {};
}

}  // namespace

bool LiveRule::covers(const meter::Dimensions& dimensions) const {
  const auto fits = [](const std::string& wanted, const std::string& is) {
    return wanted.empty() || wanted == is;
  };
  return fits(prompt, dimensions.prompt_name) && fits(model, dimensions.model) &&
         fits(route, dimensions.route);
}

bool LiveRule::picks(std::string_view request_id) const {
  if (sample >= 1) return true;
  const Sha256 digest = sha256(name + "\n" + std::string(request_id));
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < 8; ++i) number = number << 8 | digest[i];
  constexpr double kWhole = 18446744073709551616.0;  // 2^64
  return static_cast<double>(number) < sample * kWhole;
}

Result<LiveRule> read_live_rule(json::Value body) {
  static constexpr std::array<std::string_view, 9> kKnown{
      "name",   "where",  "sample",    "assertions",          "threshold",
      "grader", "review", "reviewers", "max_cost_usd_per_day"};
  TRY(known_members(body, kKnown));
  LiveRule rule;
  TRY_ASSIGN(rule.name, word(body.get("name")));
  if (!good_name(rule.name)) {
    return fail(Code::invalid_request,
                "`name` has 1 to 64 letters, digits, dots, dashes and underscores.", "name");
  }
  TRY(read_where(body.get("where"), rule));
  TRY(read_assertion_list(body.get("assertions"), rule));
  TRY(read_numbers(body, rule));
  TRY_ASSIGN(rule.grader, word(body.get("grader")));
  TRY_ASSIGN(rule.review, read_review(body.get("review")));
  if (rule.assertions.empty() && rule.review != ReviewWhen::always) {
    return fail(Code::invalid_request,
                "A rule without `assertions` judges nothing: give it some, or `review`: "
                "\"always\".",
                "assertions");
  }
  json::append_canonical(rule.spec, body);
  return rule;
}

}  // namespace maester::evals
