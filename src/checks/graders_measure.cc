// Checks of what was measured: time, cost, words, the distance to a text, why the model stopped.
#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "checks/grader.h"
#include "codec/decimal.h"
#include "codec/text.h"
#include "codec/utf16.h"

namespace maester::checks {
namespace {

constexpr std::size_t kMaxLevenshteinValue = 10'000;
constexpr std::int64_t kMaxLevenshteinThreshold = 1000;
constexpr std::int64_t kDefaultLevenshteinThreshold = 5;

// The bound of a check: its threshold, else its value. REQUIRED for latency and cost.
const json::Value& bound_of(const Spec& spec) {
  return spec.threshold.empty() ? spec.value : spec.threshold;
}

class Latency final : public Grader {
 public:
  explicit Latency(json::Decimal bound) : bound_(std::move(bound)) {}
  Verdict run(const Subject& subject) const override {
    if (!subject.latency) return Verdict::not_gradable("The latency was not measured.");
    const std::string took = std::to_string(subject.latency->count());
    return Verdict::of(json::Decimal::parse(took) <= bound_,
                       "It took " + took + " ms, " + bound_.to_string() + " ms are allowed.");
  }

 private:
  json::Decimal bound_;
};

class Cost final : public Grader {
 public:
  explicit Cost(FemtoUsd bound) : bound_(bound) {}
  Verdict run(const Subject& subject) const override {
    if (!subject.cost) return Verdict::not_gradable("The cost is not known.");
    return Verdict::of(*subject.cost <= bound_, "It cost " + subject.cost->to_string() + " USD, " +
                                                    bound_.to_string() + " USD are allowed.");
  }

 private:
  FemtoUsd bound_;
};

class WordCount final : public Grader {
 public:
  WordCount(std::int64_t least, std::int64_t most) : least_(least), most_(most) {}
  Verdict run(const Subject& subject) const override {
    const auto words = static_cast<std::int64_t>(text::count_words(subject.output));
    return Verdict::of(words >= least_ && words <= most_,
                       "The output has " + std::to_string(words) + " words; " + wanted() + ".");
  }

 private:
  std::string wanted() const {
    if (least_ == most_) return std::to_string(least_) + " are wanted";
    if (most_ == std::numeric_limits<std::int64_t>::max()) {
      return "at least " + std::to_string(least_) + " are wanted";
    }
    return std::to_string(least_) + " to " + std::to_string(most_) + " are wanted";
  }
  std::int64_t least_, most_;
};

class FinishReason final : public Grader {
 public:
  explicit FinishReason(std::string wanted) : wanted_(std::move(wanted)) {}
  Verdict run(const Subject& subject) const override {
    if (subject.finish_reason.empty()) {
      return Verdict::of(false, "The provider gave no finish reason.");
    }
    const bool same = text::to_lower(subject.finish_reason) == text::to_lower(wanted_);
    return Verdict::of(same, "The finish reason is `" + std::string(subject.finish_reason) +
                                 "`, wanted is `" + wanted_ + "`.");
  }

 private:
  std::string wanted_;
};

// The Levenshtein distance, or limit + 1 when it is greater: only the band of the matrix in which a
// path of that cost can run is filled (Ukkonen 1985), so the work is limit x length.
std::size_t distance_up_to(std::u16string_view a, std::u16string_view b, std::size_t limit) {
  if (a.size() > b.size()) std::swap(a, b);
  if (b.size() - a.size() > limit) return limit + 1;
  const std::size_t far = limit + 1;
  std::vector<std::size_t> row(a.size() + 1, far);
  for (std::size_t i = 0; i <= std::min(a.size(), limit); ++i) row[i] = i;
  for (std::size_t j = 1; j <= b.size(); ++j) {
    const std::size_t from = j > limit ? j - limit : 1;
    const std::size_t to = std::min(a.size(), j + limit);
    std::size_t diagonal = row[from - 1];
    row[from - 1] = from == 1 && j <= limit ? j : far;
    for (std::size_t i = from; i <= to; ++i) {
      const std::size_t above = row[i];
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[i] = std::min({replaced, above + 1, row[i - 1] + 1, far});
      diagonal = above;
    }
  }
  return row[a.size()];
}

class Levenshtein final : public Grader {
 public:
  Levenshtein(std::u16string wanted, std::size_t limit)
      : wanted_(std::move(wanted)), limit_(limit) {}
  Verdict run(const Subject& subject) const override {
    // A code unit is three bytes at most: a longer output is out of reach without being looked at.
    const bool reachable = subject.output.size() <= 3 * (wanted_.size() + limit_);
    const std::size_t distance =
        reachable ? distance_up_to(text::to_utf16(subject.output), wanted_, limit_) : limit_ + 1;
    const std::string allowed = std::to_string(limit_);
    if (distance > limit_) return Verdict::of(false, "The distance is more than " + allowed + ".");
    return Verdict::of(
        true, "The distance is " + std::to_string(distance) + ", " + allowed + " is allowed.");
  }

 private:
  std::u16string wanted_;
  std::size_t limit_;
};

Result<GraderPtr> latency_of(const Spec& spec) {
  const json::Value& bound = bound_of(spec);
  if (!bound.is_number()) return malformed(spec.threshold, "must be a number of milliseconds");
  return std::make_shared<const Latency>(json::Decimal::parse(bound.raw()));
}

Result<GraderPtr> cost_of(const Spec& spec) {
  const json::Value& bound = bound_of(spec);
  const auto amount = bound.is_number() || bound.is_string()
                          ? FemtoUsd::parse(bound.is_string() ? bound.string_or("") : bound.raw())
                          : std::nullopt;
  if (!amount) return malformed(spec.threshold, "must be an amount of USD");
  return std::make_shared<const Cost>(*amount);
}

Result<std::int64_t> count_of(const json::Value& value) {
  const bool digits = value.is_string() && !value.string_or("").empty() &&
                      value.string_or("").find_first_not_of("0123456789") == std::string_view::npos;
  std::optional<std::int64_t> count;
  if (value.is_number()) count = json::Decimal::parse(value.raw()).to_int64();
  if (digits) count = json::Decimal::parse(value.string_or("")).to_int64();
  if (!count || *count < 0) return malformed(value, "must be a count of words");
  return *count;
}

Result<GraderPtr> word_count_of(const Spec& spec) {
  const json::Value& value = spec.value;
  if (!value.is_object()) {
    TRY_ASSIGN(const std::int64_t exact, count_of(value));
    return std::make_shared<const WordCount>(exact, exact);
  }
  std::int64_t least = 0;
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  for (const json::Value member : value) {
    if (member.key() != "min" && member.key() != "max") {
      return malformed(member, "is neither `min` nor `max`");
    }
    TRY_ASSIGN((member.key() == "min" ? least : most), count_of(member));
  }
  if (value.size() == 0 || least > most) {
    return malformed(value, "must have a `min` that is not above its `max`");
  }
  return std::make_shared<const WordCount>(least, most);
}

Result<GraderPtr> finish_reason_of(const Spec& spec) {
  if (!spec.value.is_string()) return malformed(spec.value, "must be a finish reason");
  TRY_ASSIGN(std::string wanted, text_of(spec.value));
  return std::make_shared<const FinishReason>(std::move(wanted));
}

Result<GraderPtr> levenshtein_of(const Spec& spec) {
  const bool text = spec.value.is_string() && spec.value.string_or("").empty();
  std::string wanted;
  if (!text) {
    TRY_ASSIGN(wanted, text_of(spec.value));
  }
  std::int64_t limit = kDefaultLevenshteinThreshold;
  if (!spec.threshold.empty()) {
    TRY_ASSIGN(const double threshold, spec.threshold.as_double());
    if (threshold < 0 || threshold > kMaxLevenshteinThreshold) {
      return malformed(spec.threshold, "must be between 0 and 1000");
    }
    limit = static_cast<std::int64_t>(threshold);  // a distance is whole: 0.75 allows 0
  }
  std::u16string units = text::to_utf16(wanted);
  if (units.size() > kMaxLevenshteinValue) {
    return malformed(spec.value, "must not be longer than 10000 characters");
  }
  return std::make_shared<const Levenshtein>(std::move(units), static_cast<std::size_t>(limit));
}

constexpr auto kTypes = std::to_array<std::pair<std::string_view, Factory>>({
    {"latency_ms", latency_of},
    {"cost_usd", cost_of},
    {"word_count", word_count_of},
    {"finish_reason", finish_reason_of},
    {"levenshtein", levenshtein_of},
});

}  // namespace

Factory measure_factory(std::string_view type) {
  const auto found = std::ranges::find(kTypes, type, &std::pair<std::string_view, Factory>::first);
  return found == kTypes.end() ? nullptr : found->second;
}

}  // namespace maester::checks
