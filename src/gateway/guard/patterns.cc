#include "gateway/guard/patterns.h"

#include "codec/pattern.h"

namespace maester::gateway::guard {
namespace {

class PatternScanner final : public Scanner {
 public:
  struct One {
    Pattern pattern;
    std::string kind;
  };
  explicit PatternScanner(std::vector<One> patterns) : patterns_(std::move(patterns)) {}

  Step next(std::string_view text, std::size_t from, bool final) const override {
    if (!final) return {std::nullopt, from};
    std::optional<Match> first;
    for (const One& one : patterns_) {
      const auto found = one.pattern.find(text, from, first ? first->begin : text.size());
      if (!found || found->empty()) continue;
      const auto begin = static_cast<std::size_t>(found->data() - text.data());
      first = Match{begin, begin + found->size(), one.kind};
    }
    if (!first) return {std::nullopt, text.size()};
    return {first, first->end};
  }

 private:
  std::vector<One> patterns_;
};

}  // namespace

Result<std::unique_ptr<Scanner>> make_pattern_scanner(const std::vector<std::string>& patterns) {
  std::vector<PatternScanner::One> compiled;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const std::string param = "patterns[" + std::to_string(i) + "]";
    auto pattern = Pattern::compile(patterns[i]);
    if (!pattern) return fail(Code::invalid_request, pattern.error().message, param);
    if (pattern->matches(""))
      return fail(Code::invalid_request, "the pattern matches the empty text", param);
    compiled.push_back({std::move(*pattern), "pattern-" + std::to_string(i + 1)});
  }
  return std::make_unique<PatternScanner>(std::move(compiled));
}

}  // namespace maester::gateway::guard
