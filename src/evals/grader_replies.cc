// Replies that are JSON, or a letter, or a number.
#include "evals/grader_replies.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace maester::evals {
namespace {

constexpr std::size_t kShown = 300;
constexpr double kHighest = 10;  // of g-eval

std::unexpected<Error> nonsense(std::string_view what, std::string_view text) {
  return fail(Code::unprocessable, "the grader's reply " + std::string(what) + ": " +
                                       std::string(text.substr(0, kShown)));
}

// Where the object that begins at `at` ends, npos when its braces do not close.
std::size_t end_of_object(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t i = at; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

bool is_score(const Value& value, double highest) {
  return value.is_number() && value.number() >= 0 && value.number() <= highest;
}

char letter_of(std::string_view text) {
  const auto from = text.find_first_not_of(" \t\r\n");
  const auto to = text.find_last_not_of(" \t\r\n");
  if (from == std::string_view::npos || from != to) return 0;
  const char c = static_cast<char>(text[from] & ~0x20);
  return c >= 'A' && c <= 'E' ? c : '\0';
}

}  // namespace

Result<Value> object_of_reply(std::string_view text) {
  std::optional<Value> found;
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at)) {
    const std::size_t end = end_of_object(text, at);
    if (end == std::string_view::npos) return nonsense("has no whole JSON object", text);
    auto read = parse_json(text.substr(at, end - at));
    if (!read) {
      ++at;
      continue;
    }
    if (found) return nonsense("has more than one JSON object", text);
    found = std::move(*read);
    at = end;
  }
  if (!found) return nonsense("has no JSON object", text);
  return std::move(*found);
}

Result<RubricReply> read_rubric(const Value& reply, std::optional<double> threshold,
                                bool own_words) {
  const Value& pass = reply.get("pass");
  const Value& score = reply.get("score");
  if (pass.exists() && !pass.is_bool())
    return nonsense("has a `pass` that is no boolean", reply.json());
  if (score.exists() && (!score.is_number() || !std::isfinite(score.number())))
    return nonsense("has a `score` that is no number", reply.json());
  if (own_words && score.exists() && !is_score(score, 1))
    return nonsense("has a `score` outside of 0 to 1", reply.json());
  if (!pass.exists() && !(score.exists() && threshold))
    return nonsense("says neither `pass` nor a `score` for a threshold", reply.json());
  RubricReply out;
  const bool said = !pass.exists() || pass.boolean();
  out.score = score.exists() ? score.number() : said ? 1 : 0;
  out.pass = said && (!threshold || out.score >= *threshold);
  out.reason = reply.get("reason").shown();
  if (out.reason.empty()) out.reason = out.pass ? "The grader passed it" : "The grader failed it";
  return out;
}

Result<bool> read_yes_no(std::string_view text) {
  const auto end = text.find_last_not_of(" \t\r\n.*`\"')");
  if (end == std::string_view::npos) return nonsense("is empty", text);
  const char last = text[end];
  const bool alone =
      end == 0 || std::string_view(" \t\r\n:*`\"'(").find(text[end - 1]) != std::string_view::npos;
  if (!alone || (last != 'Y' && last != 'N')) return nonsense("does not end with Y or N", text);
  return last == 'Y';
}

Result<std::pair<char, std::string>> read_category(const std::string& text) {
  if (const auto reply = object_of_reply(text)) {
    const char letter = letter_of(reply->get("category").string());
    if (letter == 0) return nonsense("names no category A to E", text);
    return std::pair(letter, reply->get("reason").shown());
  }
  // "(B) It says more than ...": what older prompts ask for. One letter only.
  char letter = 0;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i - 1] != '(' || text[i + 1] != ')') continue;
    const char here = letter_of(std::string_view(text).substr(i, 1));
    if (here == 0) continue;
    if (letter != 0 && letter != here) return nonsense("names several categories", text);
    letter = here;
  }
  if (letter == 0) return nonsense("names no category A to E", text);
  return std::pair(letter, text);
}

Result<std::vector<std::string>> read_steps(const Value& reply) {
  std::vector<std::string> out;
  for (const Value& one : reply.get("steps").array()) {
    if (lines_of(one.string()).empty()) return nonsense("has a step that is no text", reply.json());
    out.push_back(one.string());
  }
  if (out.empty()) return nonsense("has no `steps`", reply.json());
  return out;
}

Result<RubricReply> read_g_eval(const Value& reply) {
  const Value& score = reply.get("score");
  const double number = score.is_string() && !score.string().empty() ? score.to_number()
                        : score.is_number()                          ? score.number()
                                                                     : -1;
  if (!(number >= 0) || number > kHighest)
    return nonsense("has no `score` from 0 to 10", reply.json());
  if (lines_of(reply.get("reason").string()).empty())
    return nonsense("has no `reason`", reply.json());
  RubricReply out;
  out.score = number / kHighest;
  out.reason = reply.get("reason").string();
  return out;
}

Result<std::pair<bool, std::string>> read_relevance(const Value& reply) {
  const std::string& verdict = reply.get("verdict").string();
  if (verdict != "yes" && verdict != "no")
    return nonsense("has no `verdict` that is yes or no", reply.json());
  return std::pair(verdict == "yes", reply.get("reason").shown());
}

Result<Value> read_classes(const Value& reply) {
  const Value& scores = reply.get("scores");
  if (scores.members().empty()) return nonsense("has no `scores`", reply.json());
  for (const Member& one : scores.members()) {
    if (!is_score(one.value, 1)) return nonsense("has a score outside of 0 to 1", reply.json());
  }
  return scores;
}

Result<std::vector<std::string>> read_flags(const Value& reply) {
  const Value& flagged = reply.get("flagged");
  const Value& categories = reply.get("categories");
  if (!flagged.is_bool() || !categories.is_array())
    return nonsense("has no `flagged` and `categories`", reply.json());
  std::vector<std::string> out;
  for (const Value& one : categories.array()) {
    if (one.string().empty()) return nonsense("has a category that is no text", reply.json());
    out.push_back(one.string());
  }
  if (flagged.boolean() == out.empty())
    return nonsense("contradicts itself about what it flags", reply.json());
  return out;
}

Result<std::size_t> read_choice(std::string_view text, std::size_t outputs) {
  constexpr std::string_view kDigits = "0123456789";
  const std::size_t from = text.find_first_of(kDigits);
  if (from == std::string_view::npos) return nonsense("names no output", text);
  const std::size_t end = std::min(text.find_first_not_of(kDigits, from), text.size());
  std::size_t out = outputs;
  (void)std::from_chars(text.data() + from, text.data() + end, out);
  if (out >= outputs) return nonsense("names an output that is not there", text);
  if (text.find_first_of(kDigits, end) != std::string_view::npos)
    return nonsense("names more than one number", text);
  return out;
}

}  // namespace maester::evals
