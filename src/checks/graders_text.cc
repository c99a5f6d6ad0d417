// Checks of the answer's text: what it contains, begins with, equals, matches, and how long it is.
#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.h"
#include "checks/grader.h"
#include "codec/decimal.h"
#include "codec/json_equal.h"
#include "codec/pattern.h"
#include "codec/text.h"

namespace maester::checks {
namespace {

// At most this much of a value is repeated in a reason.
std::string shown(std::string_view text) {
  const std::string_view part = utf8::truncate(text, 80);
  return "\"" + std::string(part) + (part.size() < text.size() ? "...\"" : "\"");
}

std::string joined(const std::vector<std::string>& terms) {
  std::string out;
  for (const std::string& term : terms) out += (out.empty() ? "" : ", ") + shown(term);
  return out;
}

class NonEmpty final : public Grader {
 public:
  Verdict run(const Subject& subject) const override {
    const bool filled = text::count_words(subject.output) > 0;
    return Verdict::of(filled, filled ? "The output is not empty." : "The output is empty.");
  }
};

class RequiredTerms final : public Grader {
 public:
  explicit RequiredTerms(std::vector<std::string> terms) : terms_(std::move(terms)) {}
  Verdict run(const Subject& subject) const override {
    const std::string output = text::to_lower(subject.output);
    std::vector<std::string> missing;
    for (const std::string& term : terms_) {
      if (!text::contains(output, text::to_lower(term))) missing.push_back(term);
    }
    if (missing.empty()) return Verdict::of(true, "All required terms are present.");
    const auto all = static_cast<double>(terms_.size());
    return {false, (all - static_cast<double>(missing.size())) / all,
            "Missing required terms: " + joined(missing) + "."};
  }

 private:
  std::vector<std::string> terms_;
};

class MaxLength final : public Grader {
 public:
  explicit MaxLength(std::size_t maximum) : maximum_(maximum) {}
  Verdict run(const Subject& subject) const override {
    const std::size_t length = utf8::length(subject.output);
    const std::string of = std::to_string(length) + " characters, " + std::to_string(maximum_);
    if (length <= maximum_) return Verdict::of(true, "The output has " + of + " are allowed.");
    return {false, static_cast<double>(maximum_) / static_cast<double>(length),
            "The output has " + of + " are allowed."};
  }

 private:
  std::size_t maximum_;
};

class Contains final : public Grader {
 public:
  struct Mode {
    bool all = false;
    bool fold = false;
    bool list = false;
  };
  Contains(std::vector<std::string> terms, Mode mode) : terms_(std::move(terms)), mode_(mode) {}
  Verdict run(const Subject& subject) const override {
    std::string folded;
    std::string_view output = subject.output;
    if (mode_.fold) output = folded = text::to_lower(output);
    std::vector<std::string> missing;
    for (const std::string& term : terms_) {
      if (!text::contains(output, mode_.fold ? text::to_lower(term) : term))
        missing.push_back(term);
    }
    const bool passed = mode_.all ? missing.empty() : missing.size() < terms_.size();
    if (passed) return Verdict::of(true, "The output contains what it should.");
    return Verdict::of(false, mode_.all || !mode_.list
                                  ? "The output does not contain " + joined(missing) + "."
                                  : "The output contains none of " + joined(terms_) + ".");
  }

 private:
  std::vector<std::string> terms_;
  Mode mode_;
};

// A text is compared as it stands; an object or an array by value with the output read as JSON.
class Equals final : public Grader {
 public:
  explicit Equals(std::string text) : text_(std::move(text)) {}
  explicit Equals(json::Document value) : value_(std::move(value)) {}
  Verdict run(const Subject& subject) const override {
    if (!value_.root().exists()) {
      const bool same = subject.output == text_;
      return Verdict::of(same, same ? "The output equals the value."
                                    : "The output does not equal " + shown(text_) + ".");
    }
    const auto output = json::Document::parse(subject.output);
    if (!output) return Verdict::of(false, "The output is not JSON.");
    const bool same = json::equal(output->root(), value_.root());
    return Verdict::of(
        same, same ? "The output equals the value." : "The output does not equal the value.");
  }

 private:
  std::string text_;
  json::Document value_;
};

class StartsWith final : public Grader {
 public:
  explicit StartsWith(std::string prefix) : prefix_(std::move(prefix)) {}
  Verdict run(const Subject& subject) const override {
    const bool good = subject.output.starts_with(prefix_);
    return Verdict::of(good,
                       (good ? "The output starts with " : "The output does not start with ") +
                           shown(prefix_) + ".");
  }

 private:
  std::string prefix_;
};

class Regex final : public Grader {
 public:
  Regex(Pattern pattern, std::string text) : pattern_(std::move(pattern)), text_(std::move(text)) {}
  Verdict run(const Subject& subject) const override {
    const bool good = pattern_.matches(subject.output);
    return Verdict::of(
        good, (good ? "The output matches " : "The output does not match ") + shown(text_) + ".");
  }

 private:
  Pattern pattern_;
  std::string text_;
};

Result<GraderPtr> required_terms_of(const Spec& spec) {
  TRY_ASSIGN(auto terms, list_of(spec.value));
  return make_required_terms(std::move(terms));
}

Result<GraderPtr> max_length_of(const Spec& spec) {
  const json::Value& maximum = spec.value.empty() ? spec.threshold : spec.value;
  if (!maximum.is_number()) return malformed(spec.value, "must be a number of characters");
  TRY_ASSIGN(const std::int64_t characters, maximum.as_int());
  if (characters < 0) return malformed(maximum, "must not be negative");
  return make_max_length(static_cast<std::size_t>(characters));
}

template <bool fold>
Result<GraderPtr> contains_of(const Spec& spec) {
  TRY_ASSIGN(std::string term, text_of(spec.value));
  return std::make_shared<const Contains>(std::vector{std::move(term)},
                                          Contains::Mode{.all = true, .fold = fold});
}

template <bool all, bool fold>
Result<GraderPtr> contains_list_of(const Spec& spec) {
  TRY_ASSIGN(auto terms, list_of(spec.value));
  return std::make_shared<const Contains>(std::move(terms),
                                          Contains::Mode{.all = all, .fold = fold, .list = true});
}

Result<GraderPtr> equals_of(const Spec& spec) {
  const json::Value& value = spec.value;
  if (!value.exists()) return malformed(value, "is required");
  if (value.is_string()) return std::make_shared<const Equals>(std::string(value.string_or("")));
  if (value.is_bool()) return std::make_shared<const Equals>(std::string(value.raw()));
  if (value.is_number()) {
    TRY_ASSIGN(std::string text, text_of(value));
    return std::make_shared<const Equals>(std::move(text));
  }
  TRY_ASSIGN(json::Document own, json::Document::parse(value.raw()));
  return std::make_shared<const Equals>(std::move(own));
}

Result<GraderPtr> starts_with_of(const Spec& spec) {
  TRY_ASSIGN(std::string prefix, text_of(spec.value));
  return std::make_shared<const StartsWith>(std::move(prefix));
}

Result<GraderPtr> regex_of(const Spec& spec) {
  TRY_ASSIGN(std::string text, text_of(spec.value));
  auto pattern = Pattern::compile(text);
  if (!pattern) {
    pattern.error().param = spec.value.path();
    return fail(std::move(pattern.error()));
  }
  return std::make_shared<const Regex>(*std::move(pattern), std::move(text));
}

constexpr auto kTypes = std::to_array<std::pair<std::string_view, Factory>>({
    {"non_empty", [](const Spec&) -> Result<GraderPtr> { return make_non_empty(); }},
    {"required_terms", required_terms_of},
    {"max_length", max_length_of},
    {"contains", contains_of<false>},
    {"icontains", contains_of<true>},
    {"contains_any", contains_list_of<false, false>},
    {"icontains_any", contains_list_of<false, true>},
    {"contains_all", contains_list_of<true, false>},
    {"icontains_all", contains_list_of<true, true>},
    {"equals", equals_of},
    {"starts_with", starts_with_of},
    {"regex", regex_of},
});

}  // namespace

GraderPtr make_non_empty() {
  return std::make_shared<const NonEmpty>();
}
GraderPtr make_required_terms(std::vector<std::string> terms) {
  return std::make_shared<const RequiredTerms>(std::move(terms));
}
GraderPtr make_max_length(std::size_t maximum) {
  return std::make_shared<const MaxLength>(maximum);
}

Factory text_factory(std::string_view type) {
  const auto found = std::ranges::find(kTypes, type, &std::pair<std::string_view, Factory>::first);
  return found == kTypes.end() ? nullptr : found->second;
}

}  // namespace maester::checks
