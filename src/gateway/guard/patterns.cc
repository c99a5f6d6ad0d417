#include "gateway/guard/patterns.h"

#include <re2/re2.h>

#include "codec/pattern.h"

namespace maester::gateway::guard {
namespace {

class PatternScanner final : public Scanner {
 public:
  struct One {
    std::unique_ptr<const re2::RE2> program;
    std::string kind;
  };
  explicit PatternScanner(std::vector<One> patterns) : patterns_(std::move(patterns)) {}

  Step next(std::string_view text, std::size_t from, bool final) const override {
    if (!final) return {std::nullopt, from};
    std::optional<Match> first;
    for (const One& one : patterns_) {
      re2::StringPiece found;
      const re2::StringPiece whole(text.data(), text.size());
      if (!one.program->Match(whole, from, first ? first->begin : text.size(), re2::RE2::UNANCHORED,
                              &found, 1) ||
          found.empty())
        continue;
      const auto begin = static_cast<std::size_t>(found.data() - text.data());
      if (!first || begin < first->begin) first = Match{begin, begin + found.size(), one.kind};
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
    auto translated = translate_pattern(patterns[i]);
    if (!translated) return fail(Code::invalid_request, translated.error().message, param);
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);
    auto program = std::make_unique<const re2::RE2>(*translated, options);
    if (!program->ok())
      return fail(Code::invalid_request, "the pattern cannot be run in linear time", param,
                  program->error());
    if (re2::RE2::FullMatch("", *program))
      return fail(Code::invalid_request, "the pattern matches the empty text", param);
    compiled.push_back({std::move(program), "pattern-" + std::to_string(i + 1)});
  }
  return std::make_unique<PatternScanner>(std::move(compiled));
}

}  // namespace maester::gateway::guard
