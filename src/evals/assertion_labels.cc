// classifier, moderation, conversation-relevance; and select-best, which compares rows.
#include <algorithm>
#include <cmath>

#include "evals/assertion_model.h"
#include "evals/grader_replies.h"

namespace maester::evals {
namespace {

constexpr std::size_t kWindow = 5;
constexpr double kRelevant = 0.5;

Result<Grading> classifier(const ModelGrading& g) {
  if (!g.value.empty() && !g.value.is_string())
    return fail(Code::invalid_request, "needs the name of a class as its `value`, or none");
  Value asked = Value::object();
  asked.set("output", Value::of(g.output));
  Value words = Value::object();
  words.set("expected", g.value);
  const GradingQuestion question{"classifier", std::move(asked), std::move(words)};
  TRY_ASSIGN(const Value messages, grading_messages(question, g.assertion.grader->rubric_prompt,
                                                    g.subject.vars, g.graders));
  TRY_ASSIGN(const Value scores, g.graders.ask(
                                     g.assertion.grader->classification, messages,
                                     [](const std::string& text) -> Result<Value> {
                                       TRY_ASSIGN(const Value reply, object_of_reply(text));
                                       return read_classes(reply);
                                     },
                                     g.spend));
  double score = 0;
  if (g.value.is_string()) {
    const Value& own = scores.get(g.value.string());
    score = own.is_number() ? own.number() : 0;
  } else {
    for (const Member& one : scores.members()) score = std::max(score, one.value.number());
  }
  return by_score(g.assertion, score, g.threshold(1),
                  (g.value.is_string() ? "The class `" + g.value.string() + "` has "
                                       : std::string("The likeliest class has ")) +
                      number_text(score));
}

// The user's words of a prompt that is a list of messages.
std::string last_words(const std::string& prompt) {
  const auto messages = parse_json(prompt);
  if (!messages) return prompt;
  const Value::Array& all = messages->array();
  for (auto one = all.rbegin(); one != all.rend(); ++one) {
    if (one->get("role").string() == "user" && one->get("content").is_string())
      return one->get("content").string();
  }
  return prompt;
}

Result<Grading> moderation(const ModelGrading& g) {
  if (!g.value.empty() && !g.value.is_array())
    return fail(Code::invalid_request, "needs a list of categories as its `value`, or none");
  if (g.output.empty()) return by_verdict(g.assertion, true, 1, "There is no output to judge");
  Value asked = Value::object();
  asked.set("prompt", Value::of(last_words(g.subject.prompt)));
  asked.set("output", Value::of(g.output));
  const GradingQuestion question{"moderation", std::move(asked), {}};
  TRY_ASSIGN(const Value messages, grading_messages(question, g.assertion.grader->rubric_prompt,
                                                    g.subject.vars, g.graders));
  std::vector<std::string> flags;
  TRY(g.graders.ask(
      g.assertion.grader->moderation, messages,
      [&](const std::string& text) -> Result<Value> {
        TRY_ASSIGN(const Value reply, object_of_reply(text));
        TRY_ASSIGN(flags, read_flags(reply));
        return reply;
      },
      g.spend));
  std::string named;
  for (const std::string& flag : flags) {
    const bool counts = g.value.array().empty() ||
                        std::ranges::any_of(g.value.array(),
                                            [&](const Value& one) { return one.string() == flag; });
    if (counts) named += (named.empty() ? "" : ", ") + flag;
  }
  const bool pass = named.empty();
  return by_verdict(g.assertion, pass, pass ? 1 : 0,
                    pass ? "No category that counts is flagged" : "Flagged: " + named);
}

// {role, content} of a conversation's turns [from, to).
Value turns(const Value::Array& all, std::size_t from, std::size_t to) {
  Value out = Value::of(Value::Array{});
  for (std::size_t i = from; i < to; ++i) {
    for (const auto& [role, key] : {std::pair("user", "input"), std::pair("assistant", "output")}) {
      Value message = Value::object();
      message.set("role", Value::of(role));
      message.set("content", Value::of(output_text(all[i].get(key))));
      out.push(std::move(message));
    }
  }
  return out;
}

// The share of turns whose answer is relevant to the last few before it.
Result<Grading> conversation_relevance(const ModelGrading& g) {
  Value::Array all = g.subject.vars.get("_conversation").array();
  if (all.empty()) {
    Value turn = Value::object();
    turn.set("input", Value::of(g.subject.prompt));
    turn.set("output", Value::of(g.output));
    all.push_back(std::move(turn));
  }
  const double size = g.assertion.config.get("windowSize").number();
  const std::size_t window = size >= 1 && size < 1000 ? static_cast<std::size_t>(size) : kWindow;
  double relevant = 0;
  std::string reason;
  for (std::size_t i = 0; i < all.size(); ++i) {
    Value asked = Value::object();
    asked.set("messages", turns(all, i + 1 > window ? i + 1 - window : 0, i + 1));
    std::pair<bool, std::string> said;
    TRY(g.ask({"conversation-relevance", std::move(asked), {}}, g.assertion.grader->rubric_prompt,
              [&](const std::string& text) -> Result<Value> {
                TRY_ASSIGN(const Value reply, object_of_reply(text));
                TRY_ASSIGN(said, read_relevance(reply));
                return reply;
              }));
    relevant += said.first ? 1 : 0;
    if (!said.first && !said.second.empty()) reason += ". " + said.second;
  }
  const double score = relevant / static_cast<double>(all.size());
  return by_score(
      g.assertion, score, g.threshold(kRelevant),
      number_text(relevant) + " of " + std::to_string(all.size()) + " turns are relevant" + reason);
}

}  // namespace

ModelGrader label_grader(std::string_view type) {
  if (type == "classifier") return classifier;
  if (type == "moderation") return moderation;
  return type == "conversation-relevance" ? conversation_relevance : nullptr;
}

}  // namespace maester::evals
