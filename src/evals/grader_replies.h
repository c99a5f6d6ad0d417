// What a grader said, read strictly: a reply that does not say clearly what was asked for is an
// error, never a grade. Private to evals. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "evals/value.h"

namespace maester::evals {

// The one JSON object of a reply: alone, in a fence, or among words. Fails when there is none or
// more than one.
Result<Value> object_of_reply(std::string_view text);

struct RubricReply {
  bool pass = false;
  double score = 0;
  std::string reason;
};
// {pass?, score?, reason?}. Without `pass` the score needs a threshold. `own_words`: asked with
// our own prompt, so the score lies in 0..1.
Result<RubricReply> read_rubric(const Value& reply, std::optional<double> threshold,
                                bool own_words);
// The last word is Y or N.
Result<bool> read_yes_no(std::string_view text);
// {category, reason?}, or a text with "(A)": the category's letter and the reason.
Result<std::pair<char, std::string>> read_category(const std::string& text);
// {steps: ["..."]}.
Result<std::vector<std::string>> read_steps(const Value& reply);
// {score: 0..10, reason}.
Result<RubricReply> read_g_eval(const Value& reply);
// The share of lines with [Attributed] among those with it or [Not Attributed].
Result<double> read_attributions(std::string_view text);
// The share of a context's units that the reply quotes. `units` are the context's, `segmented`: it
// was given in lines or as a list.
Result<double> read_quotes(const std::string& text, const std::string& context,
                           const std::vector<std::string>& units, bool segmented);
// The share of `statements` with a yes.
Result<double> read_verdicts(const std::string& text, std::size_t statements);
// {verdict: "yes" | "no", reason?}.
Result<std::pair<bool, std::string>> read_relevance(const Value& reply);
// {scores: {class: 0..1}}, at least one.
Result<Value> read_classes(const Value& reply);
// {flagged, categories: []}, which agree: the categories.
Result<std::vector<std::string>> read_flags(const Value& reply);
// One whole number below `outputs`.
Result<std::size_t> read_choice(std::string_view text, std::size_t outputs);

// Lines that are not blank.
std::vector<std::string> lines_of(std::string_view text);
// The same, or the sentences of a text that is one line.
std::vector<std::string> sentences_of(std::string_view text);

}  // namespace maester::evals
