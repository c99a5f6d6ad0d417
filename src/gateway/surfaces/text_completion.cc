#include "gateway/surfaces/text_completion.h"

#include <algorithm>
#include <array>

#include "codec/json_writer.h"
#include "gateway/problem.h"
#include "gateway/surfaces/chat_common.h"

namespace maester::gateway {
namespace {

constexpr std::int64_t kDefaultMaxTokens = 16;  // as OpenAI has it
constexpr std::array<std::string_view, 15> kKnown{
    "model",  "prompt",         "maester", "max_tokens", "temperature",       "top_p",
    "n",      "stop",           "seed",    "user",       "frequency_penalty", "presence_penalty",
    "stream", "stream_options", "top_k"};

Status read_prompt(json::Value prompt, ChatRequest& out) {
  if (prompt.empty()) return invalid_field("`prompt` is missing.", "prompt");
  const json::Value text = prompt.is_array() && prompt.size() == 1 ? prompt.at(0) : prompt;
  if (text.is_string()) {
    Message& message = out.messages.emplace_back();
    message.role = Role::user;
    message.parts.emplace_back(TextPart{std::string(text.string_or("")), {}});
    return {};
  }
  if (!prompt.is_array() || prompt.size() == 0) {
    return invalid_field("`prompt` must be a text, or an array of texts or tokens.", "prompt");
  }
  out.unknown_fields.emplace_back("prompt");
  return {};
}

Status read_stop(json::Value stop, std::int64_t most, ChatRequest& out) {
  if (stop.empty()) return {};
  if (stop.is_string()) {
    out.stop.emplace_back(stop.string_or(""));
    return {};
  }
  if (!stop.is_array() || static_cast<std::int64_t>(stop.size()) > most) {
    return invalid_field("`stop` must be a text or at most " + std::to_string(most) + " texts.",
                         "stop");
  }
  for (const json::Value each : stop) {
    TRY_ASSIGN(const std::string_view text, each.as_string());
    out.stop.emplace_back(text);
  }
  return {};
}

std::string_view finish_of(FinishReason reason) {
  switch (reason) {
    case FinishReason::length:
    case FinishReason::content_filter:
      return to_string(reason);
    default:
      return "stop";
  }
}

void write_head(json::Writer& w, const AnswerShape& shape, std::string_view id,
                std::string_view model, std::int64_t created) {
  w.begin_object().field("id", id.empty() ? std::string_view(shape.id) : id);
  w.field("object", "text_completion").field("created", created != 0 ? created : shape.created);
  w.field("model", model.empty() ? std::string_view(shape.model) : model);
}

AnswerShape shape_of(const Call& call) {
  AnswerShape shape;
  shape.id = "cmpl-" + call.id_text;
  shape.model = call.requested_model;
  shape.created = unix_seconds(call);
  shape.include_usage = call.chat.include_usage;
  return shape;
}

class Writer final : public StreamWriter {
 public:
  explicit Writer(const Call& call) : shape_(shape_of(call)) {}

  void append_events(std::string& out, const std::vector<StreamEvent>& events) override {
    translated_ = true;
    for (const StreamEvent& event : events) append(out, event);
  }
  void append_end(std::string& out, const Call& call) override {
    if (translated_ && usage_ && shape_.include_usage) {
      std::string usage;
      append_openai_usage(usage, usage_->usage);
      append_bare(out, "usage", usage);
    }
    if (const std::string maester = maester_json(call); !maester.empty())
      append_bare(out, "maester", maester);
    OpenAiChunkEncoder::append_done(out);
  }
  void append_error(std::string& out, const Call& call, const Error& error) override {
    const int status = http_status(error.code);
    append_openai_error_event(out, {error.message, openai_error_type(status), error.param,
                                    to_string(error.code), call.id_text});
  }

 private:
  void append(std::string& out, const StreamEvent& event) {
    if (const auto* start = std::get_if<StreamStart>(&event)) {
      start_ = *start;
    } else if (const auto* text = std::get_if<TextDelta>(&event)) {
      append_choice(out, text->choice, "text", text->text, "");
    } else if (const auto* refusal = std::get_if<RefusalDelta>(&event)) {
      append_choice(out, refusal->choice, "text", refusal->text, "");
    } else if (const auto* reasoning = std::get_if<ReasoningDelta>(&event)) {
      append_choice(out, reasoning->choice, "reasoning_content", reasoning->text, "");
    } else if (const auto* finish = std::get_if<StreamFinish>(&event)) {
      append_choice(out, finish->choice, "text", "", finish_of(finish->reason));
    } else if (const auto* usage = std::get_if<StreamUsage>(&event)) {
      usage_ = *usage;
    }
  }
  void append_choice(std::string& out, std::int64_t index, std::string_view field,
                     std::string_view text, std::string_view finish) {
    out += "data: ";
    json::Writer w(out);
    write_head(w, shape_, start_.id, start_.model, start_.created);
    w.key("choices").begin_array().begin_object();
    if (field != "text") w.field("text", "");
    w.field(field, text).field("index", index).key("logprobs").null().key("finish_reason");
    finish.empty() ? w.null() : w.value(finish);
    w.end_object().end_array().end_object();
    out += "\n\n";
  }
  void append_bare(std::string& out, std::string_view field, std::string_view json) {
    out += "data: ";
    json::Writer w(out);
    write_head(w, shape_, start_.id, start_.model, start_.created);
    w.key("choices").begin_array().end_array().raw_field(field, json).end_object();
    out += "\n\n";
  }

  AnswerShape shape_;
  StreamStart start_;
  std::optional<StreamUsage> usage_;
  bool translated_ = false;
};

}  // namespace

Result<ParsedChat> parse_text_completion(const json::Document& document, const ChatLimits& limits) {
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  const json::Value root = document.root();
  if (!root.is_object()) return invalid_field("The request body must be a JSON object.", "");
  TRY(require_unique_keys(root));
  ParsedChat out;
  ChatRequest& request = out.request;
  TRY_ASSIGN(out.maester, read_maester_member(root));
  if (!out.maester.get("prompt").empty()) {
    return invalid_field("`maester.prompt` needs messages: use chat completions.",
                         "maester.prompt");
  }
  TRY(read_string(root.get("model"), request.model));
  TRY(read_prompt(root.get("prompt"), request));
  TRY_ASSIGN(request.max_tokens, read_optional_int(root.get("max_tokens"), 0, kMost));
  if (!request.max_tokens) request.max_tokens = kDefaultMaxTokens;
  TRY_ASSIGN(request.n, read_optional_int(root.get("n"), 1, limits.max_n));
  TRY_ASSIGN(request.seed, read_optional_int(root.get("seed"), INT64_MIN, INT64_MAX));
  TRY_ASSIGN(request.top_k, read_optional_int(root.get("top_k"), -1, kMost));
  TRY(read_decimal(root.get("temperature"), 0, 2, request.temperature));
  TRY(read_decimal(root.get("top_p"), 0, 1, request.top_p));
  TRY(read_decimal(root.get("frequency_penalty"), -2, 2, request.frequency_penalty));
  TRY(read_decimal(root.get("presence_penalty"), -2, 2, request.presence_penalty));
  TRY(read_stop(root.get("stop"), limits.max_stop, request));
  TRY(read_string(root.get("user"), request.user));
  TRY(read_bool(root.get("stream"), request.stream));
  TRY(require_optional_object(root.get("stream_options")));
  TRY(read_bool(root.get("stream_options").get("include_usage"), request.include_usage));
  for (const json::Value member : root) {
    const bool known = std::find(kKnown.begin(), kKnown.end(), member.key()) != kKnown.end();
    if (!known && !member.is_null()) request.unknown_fields.emplace_back(member.key());
  }
  return out;
}

std::string encode_text_completion(const ChatResponse& response, const AnswerShape& shape) {
  std::string out;
  json::Writer w(out);
  write_head(w, shape, response.id, response.model, response.created);
  w.key("choices").begin_array();
  for (const Choice& choice : response.choices) {
    w.begin_object().field("text", choice.content.empty() ? choice.refusal : choice.content);
    w.field("index", choice.index).key("logprobs").null();
    w.field("finish_reason", finish_of(choice.finish));
    w.optional_field("reasoning_content", choice.reasoning).end_object();
  }
  w.end_array();
  if (response.usage) {
    std::string usage;
    append_openai_usage(usage, *response.usage);
    w.raw_field("usage", usage);
  }
  if (!shape.maester.empty()) w.raw_field("maester", shape.maester);
  w.end_object();
  return out;
}

Status TextCompletionSurface::read(Call& call) const {
  TRY_ASSIGN(call.document, json::Document::parse(call.body));
  TRY_ASSIGN(ParsedChat parsed, parse_text_completion(*call.document, limits_of(call)));
  return take_parsed(call, std::move(parsed));
}

std::int64_t TextCompletionSurface::estimate_input_tokens(const Call& call) const {
  return bound_chat_input(call);
}

Error TextCompletionSurface::budget_refusal(const Call& call) const {
  return request_budget_refusal(call);
}

std::string TextCompletionSurface::write_answer(const Call& call) const {
  const Attempt& attempt = *call.attempt();
  const std::string maester = maester_json(call);
  if (!attempt.raw_body.empty()) return with_maester(attempt.raw_body, maester);
  AnswerShape shape = shape_of(call);
  shape.maester = maester;
  return encode_text_completion(attempt.response, shape);
}

std::unique_ptr<StreamWriter> TextCompletionSurface::stream_writer(const Call& call) const {
  return std::make_unique<Writer>(call);
}

}  // namespace maester::gateway
