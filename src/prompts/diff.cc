#include "prompts/diff.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace maester::prompts {
namespace {

constexpr std::size_t kContext = 3;
constexpr std::size_t kMaxCells = 4'000'000;

using Lines = std::vector<std::string_view>;  // each with its line feed, if it has one

Lines split(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

struct Edit {
  char sign;  // ' ' | '-' | '+'
  std::string_view line;
};

// Appends the edits that turn `a` into `b`: by the longest common subsequence (dynamic programming
// over suffixes).
void edit_middle(const Lines& a, const Lines& b, std::vector<Edit>& out) {
  const std::size_t rows = a.size() + 1, columns = b.size() + 1;
  if (rows * columns > kMaxCells) {
    for (const auto line : a) out.push_back({'-', line});
    for (const auto line : b) out.push_back({'+', line});
    return;
  }
  std::vector<std::uint32_t> common(rows * columns, 0);  // length for the suffixes a[i..], b[j..]
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      common[i * columns + j] =
          a[i] == b[j] ? common[(i + 1) * columns + j + 1] + 1
                       : std::max(common[(i + 1) * columns + j], common[i * columns + j + 1]);
    }
  }
  std::size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      out.push_back({' ', a[i]});
      ++i, ++j;
    } else if (j == b.size() ||
               (i < a.size() && common[(i + 1) * columns + j] >= common[i * columns + j + 1])) {
      out.push_back({'-', a[i++]});
    } else {
      out.push_back({'+', b[j++]});
    }
  }
}

std::vector<Edit> edits_between(Lines a, Lines b) {
  std::vector<Edit> out;
  const auto [first_a, first_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  for (auto line = a.begin(); line != first_a; ++line) out.push_back({' ', *line});
  a.erase(a.begin(), first_a);
  b.erase(b.begin(), first_b);
  const auto [last_a, last_b] = std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend());
  const Lines tail(last_a.base(), a.end());
  a.erase(last_a.base(), a.end());
  b.erase(last_b.base(), b.end());
  edit_middle(a, b, out);
  for (const auto line : tail) out.push_back({' ', line});
  return out;
}

std::string range(std::size_t before, std::size_t count) {
  const std::size_t first = count == 0 ? before : before + 1;
  return count == 1 ? std::to_string(first) : std::to_string(first) + "," + std::to_string(count);
}

void append_hunk(const std::vector<Edit>& edits, std::size_t from, std::size_t to,
                 std::size_t old_before, std::size_t new_before, std::string& out) {
  std::size_t old_count = 0, new_count = 0;
  for (std::size_t i = from; i < to; ++i) {
    old_count += edits[i].sign != '+';
    new_count += edits[i].sign != '-';
  }
  out += "@@ -" + range(old_before, old_count) + " +" + range(new_before, new_count) + " @@\n";
  for (std::size_t i = from; i < to; ++i) {
    out += edits[i].sign;
    out += edits[i].line;
    if (!edits[i].line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
  }
}

}  // namespace

std::string unified_diff(std::string_view old_text, std::string_view new_text,
                         std::string_view old_name, std::string_view new_name) {
  if (old_text == new_text) return {};
  const std::vector<Edit> edits = edits_between(split(old_text), split(new_text));
  std::string out = "--- " + std::string(old_name) + "\n+++ " + std::string(new_name) + "\n";
  std::size_t old_before = 0, new_before = 0;  // lines in front of edits[at]
  std::size_t at = 0;
  while (at < edits.size()) {
    std::size_t change = at;
    while (change < edits.size() && edits[change].sign == ' ') ++change;
    if (change == edits.size()) break;
    const std::size_t from = std::max(at, change - std::min(change, kContext));
    old_before += from - at;
    new_before += from - at;
    std::size_t to = change, quiet = 0;  // the hunk ends where 2 x context lines stay the same
    for (std::size_t i = change; i < edits.size() && quiet <= 2 * kContext; ++i) {
      quiet = edits[i].sign == ' ' ? quiet + 1 : 0;
      if (quiet == 0) to = i + 1;
    }
    to = std::min(edits.size(), to + kContext);
    append_hunk(edits, from, to, old_before, new_before, out);
    for (std::size_t i = from; i < to; ++i) {
      old_before += edits[i].sign != '+';
      new_before += edits[i].sign != '-';
    }
    at = to;
  }
  return out;
}

std::string diff_text(const PromptVersion& version) {
  std::string out;
  if (version.variables_declared) {
    for (const Variable& variable : version.variables) {
      out += "variable " + variable.name + ": " + variable.type;
      for (std::size_t i = 0; i < variable.choices.size(); ++i)
        out += (i == 0 ? " of " : ", ") + variable.choices[i];
      out += "\n";
    }
  }
  if (!version.config.empty()) out += "config " + version.config + "\n";
  if (!version.fallback.empty()) out += "fallback " + version.fallback + "\n";
  for (const MessageTemplate& message : version.messages) {
    if (!message.placeholder.empty()) {
      out += "[placeholder " + message.placeholder + "]\n";
      continue;
    }
    if (version.is_chat) out += "[" + message.role + "]\n";
    out += message.source();
    if (version.is_chat) out += "\n";
  }
  return out;
}

}  // namespace maester::prompts
