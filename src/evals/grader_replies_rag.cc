// Replies about contexts: lines with marks, quotes, verdicts. The formulas are promptfoo 0.123.1's.
#include <algorithm>
#include <set>

#include "codec/text.h"
#include "evals/grader_replies.h"

namespace maester::evals {
namespace {

constexpr std::string_view kSpace = " \t\r\n\f\v";

std::unexpected<Error> nonsense(std::string_view what, std::string_view text) {
  return fail(Code::unprocessable,
              "the grader's reply " + std::string(what) + ": " + std::string(text.substr(0, 300)));
}

std::string trimmed(std::string_view text) {
  const auto from = text.find_first_not_of(kSpace);
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(kSpace) - from + 1));
}

// Lower case, runs of white space as one blank.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text::to_lower(text)) {
    const bool space = kSpace.find(c) != std::string_view::npos;
    if (!space) out += c;
    if (space && !out.empty() && out.back() != ' ') out += ' ';
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

// "2." or "2)" alone: what is left of a list's number.
bool is_number_mark(std::string_view text) {
  if (text.size() < 2 || (text.back() != '.' && text.back() != ')')) return false;
  return text.find_first_not_of("0123456789") == text.size() - 1;
}

// Without "- ", "* ", "3. " or "3) " in front.
std::string_view without_mark(std::string_view text) {
  std::size_t at = std::min(text.find_first_not_of(kSpace), text.size());
  const std::size_t digits = std::min(text.find_first_not_of("0123456789", at), text.size());
  if (digits > at && digits < text.size() && (text[digits] == '.' || text[digits] == ')'))
    at = digits + 1;
  else if (at < text.size() && (text[at] == '-' || text[at] == '*'))
    ++at;
  return text.substr(std::min(text.find_first_not_of(kSpace, at), text.size()));
}

// How often a word stands alone.
std::size_t count_word(std::string_view text, std::string_view word) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  std::size_t out = 0;
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + word.size())) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_letter(text[at - 1])) && (end == text.size() || !is_letter(text[end])))
      ++out;
  }
  return out;
}

}  // namespace

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (line.find_first_not_of(kSpace) != std::string_view::npos) out.emplace_back(line);
    at = end + 1;
  }
  return out;
}

std::vector<std::string> sentences_of(std::string_view text) {
  std::vector<std::string> parts = lines_of(text);
  if (parts.size() < 2) {
    parts.clear();
    std::size_t from = 0;
    for (std::size_t i = 1; i < text.size(); ++i) {
      const char before = text[i - 1];
      const bool ends = before == '.' || before == '!' || before == '?';
      if (!ends || kSpace.find(text[i]) == std::string_view::npos) continue;
      parts.emplace_back(text.substr(from, i - from));
      from = i;
    }
    parts.emplace_back(text.substr(from));
  }
  std::vector<std::string> out;
  for (const std::string& one : parts) {
    std::string sentence = trimmed(one);
    if (!sentence.empty() && !is_number_mark(sentence)) out.push_back(std::move(sentence));
  }
  return out;
}

Result<double> read_attributions(std::string_view text) {
  double attributed = 0, all = 0;
  for (const std::string& line : lines_of(text)) {
    const std::string lower = text::to_lower(line);
    const bool no = lower.find("[not attributed]") != std::string::npos;
    const bool yes = lower.find("[attributed]") != std::string::npos;
    if (no && yes) return nonsense("says both of a sentence", line);
    all += no || yes ? 1 : 0;
    attributed += yes ? 1 : 0;
  }
  if (all == 0) return nonsense("has neither [Attributed] nor [Not Attributed]", text);
  return attributed / all;
}

Result<double> read_quotes(const std::string& text, const std::string& context,
                           const std::vector<std::string>& units, bool segmented) {
  if (units.empty()) return fail(Code::invalid_request, "the context is empty");
  if (text.find("Insufficient Information") != std::string::npos) return 0.0;
  const std::vector<std::string> quotes = segmented ? lines_of(text) : sentences_of(text);
  const std::string source = plain(context);
  const bool quoted = std::ranges::any_of(quotes, [&](const std::string& one) {
    const std::string quote = plain(without_mark(one));
    return !quote.empty() && source.find(quote) != std::string::npos;
  });
  if (!quoted) return nonsense("does not quote the context", text);
  const std::set<std::string> different(quotes.begin(), quotes.end());
  return static_cast<double>(std::min(different.size(), units.size())) /
         static_cast<double>(units.size());
}

Result<double> read_verdicts(const std::string& text, std::size_t statements) {
  constexpr std::string_view kFinal = "final verdict for each statement in order:";
  const std::string lower = text::to_lower(text);
  const double all = static_cast<double>(statements);
  double yes = 0, no = 0;
  if (const auto at = lower.find(kFinal); at != std::string::npos) {
    std::string_view rest = std::string_view(lower).substr(at + kFinal.size());
    while (!rest.empty()) {
      const std::size_t stop = std::min(rest.find('.'), rest.size());
      const std::string_view one = rest.substr(0, stop);
      rest.remove_prefix(std::min(stop + 1, rest.size()));
      if (one.find_first_not_of(kSpace) == std::string_view::npos) continue;
      const std::size_t y = count_word(one, "yes"), n = count_word(one, "no");
      if (y + n != 1) return nonsense("has a verdict that is neither yes nor no", one);
      (y == 1 ? yes : no) += 1;
    }
  } else {
    const auto count = [&](std::string_view phrase) {
      double out = 0;
      for (auto i = lower.find(phrase); i != std::string::npos; i = lower.find(phrase, i + 1))
        out += 1;
      return out;
    };
    no = count("verdict: no");
    yes = count("verdict: yes");
  }
  if (yes + no == 0) return nonsense("has no verdicts", text);
  if (yes + no > all) return nonsense("has more verdicts than there are statements", text);
  // What has no verdict counts as not supported.
  return yes / all;
}

}  // namespace maester::evals
