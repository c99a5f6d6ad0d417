// The short form of assertions in CSV.
#include <algorithm>
#include <array>
#include <charconv>

#include "evals/assertion.h"

namespace maester::evals {
namespace {

// In CSV these have a threshold when none is written; the same types in YAML do not.
constexpr auto kHalfOpen = std::to_array<std::string_view>(
    {"answer-relevance", "classifier", "context-faithfulness", "context-recall",
     "context-relevance", "cost", "latency", "levenshtein", "perplexity", "perplexity-score",
     "rouge-n", "starts-with"});

Value typed(std::string_view type, std::string_view value) {
  Value out = Value::object();
  out.set("type", Value::of(type));
  out.set("value", Value::of(value));
  return out;
}

}  // namespace

Value assertion_of_cell(std::string_view cell) {
  constexpr auto kPrefixes =
      std::to_array<std::pair<std::string_view, std::string_view>>({{"javascript:", "javascript"},
                                                                    {"fn:", "javascript"},
                                                                    {"eval:", "javascript"},
                                                                    {"python:", "python"},
                                                                    {"grade:", "llm-rubric"},
                                                                    {"llm-rubric:", "llm-rubric"}});
  for (const auto& [prefix, type] : kPrefixes) {
    if (cell.starts_with(prefix)) return typed(type, cell.substr(prefix.size()));
  }
  if (cell.starts_with("file://")) return typed("javascript", cell);
  const std::size_t end = cell.find_first_of("(:");
  std::string_view type = cell.substr(0, end);
  const bool inverse = type.starts_with("not-");
  const std::string_view base = inverse ? type.substr(4) : type;
  std::string_view rest = end == std::string_view::npos ? std::string_view() : cell.substr(end);
  if (!known_type(base) || base == "assert-set") return typed("equals", cell);
  Value threshold;
  if (rest.starts_with('(')) {
    const std::size_t close = rest.find(')');
    double number = 0;
    const std::string_view digits = rest.substr(1, close == std::string_view::npos ? 0 : close - 1);
    const auto [stop, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.empty() || error != std::errc{} || stop != digits.data() + digits.size())
      return typed("equals", cell);
    threshold = Value::of(number);
    rest.remove_prefix(close + 1);
    if (!rest.empty() && rest[0] != ':') return typed("equals", cell);
  } else if (base.starts_with("similar")) {
    threshold = Value::of(0.8);
  } else if (std::ranges::find(kHalfOpen, base) != kHalfOpen.end()) {
    threshold = Value::of(0.75);
  }
  Value out = Value::object();
  out.set("type", Value::of(type));
  if (rest.starts_with(':')) out.set("value", Value::of(rest.substr(1)));
  if (threshold.exists()) out.set("threshold", std::move(threshold));
  return out;
}

}  // namespace maester::evals
