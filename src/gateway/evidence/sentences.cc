// Where an answer's sentences end: at a full stop, question or exclamation mark with the markers
// and quotes behind it, and at line ends.
#include <algorithm>
#include <array>

#include "gateway/evidence/grounding.h"

namespace maester::gateway {
namespace {

bool is_space(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}
bool is_stop(char c) {
  return c == '.' || c == '!' || c == '?';
}

// A stop of CJK writing, three bytes long.
bool wide_stop(std::string_view rest) {
  return rest.starts_with("\u3002") || rest.starts_with("\uff01") || rest.starts_with("\uff1f");
}

// "e.g.", "U.S.", "No. 5", "J. Doe": such a full stop ends nothing.
bool abbreviates(std::string_view text, std::size_t stop) {
  if (text[stop] != '.') return false;
  std::size_t begin = stop;
  while (begin > 0 && !is_space(text[begin - 1]) && text[begin - 1] != '(') --begin;
  const std::string_view word = text.substr(begin, stop - begin);
  if (word.find('.') != word.npos) return true;
  static constexpr std::array<std::string_view, 14> kShort{
      "Dr", "Mr", "Mrs", "Ms", "No", "Nr", "St", "vs", "cf", "pp", "ca", "al", "Art", "Sec"};
  const bool letter = word.size() == 1 && ((word[0] >= 'A' && word[0] <= 'Z') || word[0] == 'p');
  return letter || std::ranges::find(kShort, word) != kShort.end();
}

// Behind a stop: quotes, brackets, and markers that belong to the sentence.
std::size_t tail(std::string_view text, std::size_t at) {
  for (;;) {
    while (at < text.size() && (text[at] == '"' || text[at] == '\'' || text[at] == ')' ||
                                text[at] == '*' || is_stop(text[at])))
      ++at;
    std::size_t next = at;
    while (next < text.size() && text[next] == ' ') ++next;
    if (next >= text.size() || text[next] != '[') return at;
    std::size_t close = next + 1;
    while (close < text.size() &&
           ((text[close] >= '0' && text[close] <= '9') || text[close] == ',' || text[close] == ' '))
      ++close;
    if (close >= text.size() || text[close] != ']' || close == next + 1) return at;
    at = close + 1;
  }
}

}  // namespace

std::vector<std::pair<std::size_t, std::size_t>> sentences_of(std::string_view text, bool whole) {
  std::vector<std::pair<std::size_t, std::size_t>> out;
  std::size_t begin = 0, i = 0;
  const auto close = [&](std::size_t end) {
    std::size_t from = begin, to = end;
    while (from < to && is_space(text[from])) ++from;
    while (to > from && is_space(text[to - 1])) --to;
    if (from < to) out.emplace_back(from, to);
    begin = end;
  };
  while (i < text.size()) {
    if (text[i] == '\n') {
      close(i);
      begin = ++i;
      continue;
    }
    const bool wide = wide_stop(text.substr(i));
    if (!wide && (!is_stop(text[i]) || abbreviates(text, i))) {
      ++i;
      continue;
    }
    const std::size_t end = tail(text, i + (wide ? 3 : 1));
    std::size_t next = end;
    while (next < text.size() && text[next] == ' ') ++next;
    // A marker may still come behind what is there.
    if (!whole && (next >= text.size() || text[next] == '[')) return out;
    const bool ends = next >= text.size() || next > end || wide || text[next] == '\n';
    if (ends) close(end);
    i = std::max(end, i + 1);
  }
  if (whole) close(text.size());
  return out;
}

}  // namespace maester::gateway
