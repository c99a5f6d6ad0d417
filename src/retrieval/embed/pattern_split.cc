#include "retrieval/embed/pattern_split.h"

#include <unicode/unistr.h>
#include <unicode/uregex.h>
#include <unicode/utext.h>

#include "codec/json.h"

namespace maester::retrieval {
namespace {

struct Close {
  void operator()(URegularExpression* regex) const { uregex_close(regex); }
};
using Regex = std::unique_ptr<URegularExpression, Close>;

constexpr std::int32_t kStackBytes = 1 << 20;
constexpr std::int32_t kSteps = 1'000;  // ICU's units: about a millisecond each

}  // namespace

struct PatternSplit::Compiled {
  Regex regex;  // cloned for each use: a clone shares the compiled pattern
};

Result<PatternSplit> PatternSplit::regex(std::string_view expression) {
  const auto pattern = icu::UnicodeString::fromUTF8(
      icu::StringPiece(expression.data(), static_cast<std::int32_t>(expression.size())));
  UErrorCode error = U_ZERO_ERROR;
  Regex compiled;
  if (expression.size() <= 10'000)
    compiled.reset(uregex_open(pattern.getBuffer(), pattern.length(), 0, nullptr, &error));
  if (U_FAILURE(error) || compiled == nullptr)
    return fail(Code::unprocessable,
                "tokenizer.json has a regular expression that cannot be read.");
  PatternSplit out;
  out.regex_ = std::make_shared<const Compiled>(Compiled{std::move(compiled)});
  return out;
}

Result<PatternSplit> PatternSplit::read(const json::Value& pattern) {
  if (pattern.get("Regex").is_string()) return regex(pattern.get("Regex").string_or(""));
  PatternSplit out;
  out.literal_ = pattern.get("String").string_or("");
  if (out.literal_.empty())
    return fail(Code::unprocessable, "tokenizer.json has a pattern without a text.");
  return out;
}

void PatternSplit::each(std::string_view text,
                        const std::function<void(std::string_view, bool)>& sink) const {
  if (regex_ != nullptr) {
    each_by_regex(text, sink);
    return;
  }
  while (!text.empty()) {
    const std::size_t at = text.find(literal_);
    if (at > 0) sink(text.substr(0, at), false);
    if (at == std::string_view::npos) return;
    sink(text.substr(at, literal_.size()), true);
    text.remove_prefix(at + literal_.size());
  }
}

void PatternSplit::each_by_regex(std::string_view text,
                                 const std::function<void(std::string_view, bool)>& sink) const {
  UErrorCode error = U_ZERO_ERROR;
  const Regex matcher(uregex_clone(regex_->regex.get(), &error));
  UText input = UTEXT_INITIALIZER;
  utext_openUTF8(&input, text.data(), static_cast<std::int64_t>(text.size()), &error);
  std::size_t at = 0;
  if (U_SUCCESS(error)) {
    uregex_setStackLimit(matcher.get(), kStackBytes, &error);
    uregex_setTimeLimit(matcher.get(), kSteps, &error);
    uregex_setUText(matcher.get(), &input, &error);
    while (U_SUCCESS(error) && uregex_findNext(matcher.get(), &error)) {
      const auto begin = static_cast<std::size_t>(uregex_start64(matcher.get(), 0, &error));
      const auto end = static_cast<std::size_t>(uregex_end64(matcher.get(), 0, &error));
      if (U_FAILURE(error) || begin < at || end > text.size()) break;
      if (end == begin) continue;
      if (begin > at) sink(text.substr(at, begin - at), false);
      sink(text.substr(begin, end - begin), true);
      at = end;
    }
  }
  utext_close(&input);
  if (at < text.size()) sink(text.substr(at), false);
}

}  // namespace maester::retrieval
