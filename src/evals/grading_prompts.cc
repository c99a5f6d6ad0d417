#include "evals/grading_prompts.h"

#include "base/hash.h"
#include "evals/template.h"

namespace maester::evals {
namespace {

constexpr std::size_t kFenceDigits = 12;

Value message(std::string_view role, std::string content) {
  Value out = Value::object();
  out.set("role", Value::of(role));
  out.set("content", Value::of(std::move(content)));
  return out;
}

Result<std::string> rendered(std::string_view text, const Value& values) {
  TRY_ASSIGN(const Template parsed, Template::parse(text));
  return parsed.render([&](std::string_view name) -> const Value& { return values.get(name); });
}

// Texts inside are templates, whatever the shape: a message's content may be a list of parts.
Result<Value> rendered_inside(const Value& given, const Value& values) {
  if (given.is_string()) {
    TRY_ASSIGN(std::string text, rendered(given.string(), values));
    return Value::of(std::move(text));
  }
  if (given.is_array()) {
    Value out = Value::of(Value::Array{});
    for (const Value& one : given.array()) {
      TRY_ASSIGN(Value inside, rendered_inside(one, values));
      out.push(std::move(inside));
    }
    return out;
  }
  if (!given.is_object()) return given;
  Value out = Value::object();
  for (const Member& one : given.members()) {
    TRY_ASSIGN(Value inside, rendered_inside(one.value, values));
    out.set(one.key, std::move(inside));
  }
  return out;
}

// A text, a text that is a JSON list of messages, or such a list.
Result<Value> messages_of(const Value& prompt, const Value& values) {
  Value given = prompt;
  if (given.is_string()) {
    if (auto read = parse_json(given.string()); read && read->is_array()) given = std::move(*read);
  }
  if (given.is_string()) {
    TRY_ASSIGN(std::string text, rendered(given.string(), values));
    return Value::of(Value::Array{message("user", std::move(text))});
  }
  bool fine = given.is_array() && !given.array().empty();
  for (const Value& one : given.array())
    fine = fine && one.get("role").is_string() && one.get("content").exists();
  if (!fine)
    return fail(Code::invalid_request,
                "a grading prompt must be a text or a list of messages with `role` and `content`");
  return rendered_inside(given, values);
}

void put_all(Value& into, const Value& from) {
  for (const Member& one : from.members()) into.set(one.key, one.value);
}

Value with_fences(const GradingQuestion& question) {
  Value out = question.author.is_object() ? question.author : Value::object();
  for (const Member& one : question.data.members()) {
    const std::string text = one.value.is_string() ? one.value.string() : one.value.pretty_json();
    out.set(one.key, Value::of(fenced(one.key, text)));
  }
  return out;
}

}  // namespace

std::string fenced(std::string_view name, std::string_view text) {
  const std::string code = sha256_hex(text).substr(0, kFenceDigits);
  const std::string mark = std::string(name) + " " + code + ">>>";
  return "<<<BEGIN " + mark + "\n" + std::string(text) + "\n<<<END " + mark;
}

Result<Value> grading_messages(const GradingQuestion& question, const Value& rubric_prompt,
                               const Value& vars, Graders& graders) {
  if (!rubric_prompt.empty()) {
    Value values = Value::object();
    put_all(values, vars);
    put_all(values, question.author);
    put_all(values, question.data);
    return messages_of(rubric_prompt, values);
  }
  const Value values = with_fences(question);
  TRY_ASSIGN(const Value registered, graders.prompt(std::string(question.kind)));
  if (!registered.empty()) return messages_of(registered, values);
  const BuiltInPrompt& own = built_in_prompt(question.kind);
  TRY_ASSIGN(std::string user, rendered(own.user, values));
  return Value::of(
      Value::Array{message("system", std::string(own.system)), message("user", std::move(user))});
}

}  // namespace maester::evals
