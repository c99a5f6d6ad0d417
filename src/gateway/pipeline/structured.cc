#include "gateway/pipeline/structured.h"

#include <utility>

#include "gateway/pipeline/call.h"
#include "gateway/pipeline/stream_relay.h"
#include "gateway/pipeline/surface.h"

namespace maester::gateway {
namespace {

// "" when the text is JSON that fits.
std::string fault_of(const JsonSchema& schema, std::string_view text) {
  const auto document = json::Document::parse(text);
  if (!document) return "it is not JSON: " + document.error().message;
  const ValidationResult result = schema.validate(document->root());
  return result.valid ? "" : result.failures.front().to_string();
}

// An answer that was cut off or refused, or that calls a tool, promised no JSON.
bool promises_json(const Choice& choice) {
  return choice.tool_calls.empty() && choice.refusal.empty() &&
         (choice.finish == FinishReason::stop || choice.finish == FinishReason::none);
}

bool may_change(const Call& call) {
  return !call.chat.stream || call.held_back;
}

// The text is no longer the provider's: the answer is written from the normal form.
void write_anew(Call& call, Attempt& attempt) {
  attempt.raw_body.clear();
  attempt.end_event.clear();
  if (!call.chat.stream) return;
  attempt.held_bytes.clear();
  call.writer = call.surface->stream_writer(call);
  call.writer->append_events(attempt.held_bytes, events_of(attempt.response));
}

Message text_message(Role role, std::string text) {
  Message message;
  message.role = role;
  message.parts.emplace_back(TextPart{std::move(text), {}});
  return message;
}

}  // namespace

bool prepare_structured(Call& call) {
  const StructuredOutput& rules = call.snapshot->config().structured_output;
  const auto& format = call.chat.response_format;
  if (!format || format->kind == ResponseFormat::Kind::text) return false;
  if (rules.mode == StructuredMode::off) return false;
  const bool any = format->kind == ResponseFormat::Kind::json_object;
  auto schema = JsonSchema::compile(any ? R"({"type":"object"})" : format->schema);
  if (!schema) return false;
  call.structured = std::make_unique<Structured>();
  call.structured->schema = std::move(*schema);
  call.structured->rules = rules;
  return call.chat.stream && rules.streams && rules.mode != StructuredMode::record;
}

void judge_structured(Call& call) {
  if (call.structured == nullptr) return;
  Structured& structured = *call.structured;
  Attempt& attempt = *call.attempt();
  structured.judged = structured.valid = structured.repaired = false;
  structured.error.clear();
  for (Choice& choice : attempt.response.choices) {
    if (!promises_json(choice)) continue;
    structured.judged = true;
    std::string fault = fault_of(structured.schema, choice.content);
    if (fault.empty()) continue;
    const auto inside = json_inside(choice.content);
    const bool repairs = structured.rules.mode >= StructuredMode::repair && may_change(call);
    if (repairs && inside && fault_of(structured.schema, *inside).empty()) {
      choice.content = std::string(*inside);
      structured.repaired = true;
      continue;
    }
    if (structured.error.empty()) structured.error = std::move(fault);
  }
  structured.valid = structured.judged && structured.error.empty();
  if (structured.repaired) write_anew(call, attempt);
}

bool ask_again_structured(Call& call) {
  if (call.structured == nullptr || call.structured->error.empty()) return false;
  Structured& structured = *call.structured;
  const bool retries = structured.rules.mode == StructuredMode::retry && !structured.retried;
  if (!retries || !may_change(call)) return false;
  structured.retried = true;
  Attempt& attempt = *call.attempt();
  attempt.held_bytes.clear();
  // A request with members that no type holds cannot be written anew: it is sent as it was.
  if (call.pass_through && !call.chat.unknown_fields.empty()) return true;
  call.pass_through = false;
  call.chat.messages.push_back(
      text_message(Role::assistant, attempt.response.choices.front().content));
  call.chat.messages.push_back(text_message(
      Role::user, "Your answer is not the JSON that was asked for: " + structured.error +
                      ". Answer again with nothing but JSON that fits the schema."));
  return true;
}

Status refuse_unstructured(const Call& call) {
  if (call.structured == nullptr || call.structured->error.empty()) return {};
  if (call.structured->rules.mode == StructuredMode::record || !may_change(call)) return {};
  return fail(Code::unprocessable,
              "The model's answer was withheld: it does not fit `response_format` (" +
                  call.structured->error + ").",
              "response_format");
}

std::optional<std::string_view> json_inside(std::string_view text) {
  const std::size_t begin = text.find_first_of("{[");
  if (begin == text.npos) return std::nullopt;
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t at = begin; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\')
        ++at;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      if (text.find_first_of("{[", at) != text.npos) return std::nullopt;
      return text.substr(begin, at + 1 - begin);
    }
  }
  return std::nullopt;
}

void write_structured(json::Writer& w, const Call& call) {
  if (call.structured == nullptr) return;
  const Structured& structured = *call.structured;
  w.key("structured_output").begin_object().field("judged", structured.judged);
  w.field("valid", structured.valid).field("repaired", structured.repaired);
  w.field("retried", structured.retried).optional_field("error", structured.error).end_object();
}

}  // namespace maester::gateway
