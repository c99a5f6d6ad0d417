#include <algorithm>
#include <utility>

#include "gateway/providers/common/cited_text.h"
#include "gateway/providers/common/error_body.h"
#include "gateway/providers/common/event_document.h"
#include "gateway/providers/common/think_tags.h"
#include "gateway/providers/openai/adapter.h"

namespace maester::gateway::openai {

namespace {

constexpr std::size_t kMaxChoices = 128;
constexpr std::size_t kMaxCalls = 1024;

struct Call {
  std::int64_t provider_index = 0;
  std::string id;
  bool named = false;
  bool has_arguments = false;
};
struct ChoiceState {
  std::int64_t index = 0;
  std::vector<Call> calls;
  FinishReason finish = FinishReason::none;
  // Storage for what `out` points to when the provider's own text is no single string.
  std::string text, thinking, details;
  providers::CitedText said;
  providers::ThinkTags tags;
  bool plain_reasoning = false;  // told as text: what the details repeat of it does not count again
};

// The members of a chunk that matter, found in one pass.
struct Chunk {
  json::Value id, model, created, choices, usage, x_groq, service_tier, error, object, citations;
};

Chunk read_chunk(json::Value root) {
  Chunk chunk;
  for (const json::Value member : root) {
    const std::string_view key = member.key();
    if (key == "choices")
      chunk.choices = member;
    else if (key == "id")
      chunk.id = member;
    else if (key == "model")
      chunk.model = member;
    else if (key == "created")
      chunk.created = member;
    else if (key == "usage")
      chunk.usage = member;
    else if (key == "service_tier")
      chunk.service_tier = member;
    else if (key == "x_groq")
      chunk.x_groq = member;
    else if (key == "error")
      chunk.error = member;
    else if (key == "object")
      chunk.object = member;
    else if (key == "citations")
      chunk.citations = member;
  }
  return chunk;
}

class Decoder final : public StreamDecoder {
 public:
  explicit Decoder(const Config& config)
      : tolerant_(config.tolerant), think_tags_(config.think_tags) {}
  Result<Outcome> decode(const sse::Event& event, std::vector<StreamEvent>& out) override;
  bool complete() const override;

 private:
  void start(const Chunk& chunk, std::vector<StreamEvent>& out);
  Status choice(json::Value value, std::int64_t position, std::vector<StreamEvent>& out);
  Status tool_call(ChoiceState& state, json::Value value, std::vector<StreamEvent>& out);
  void legacy_call(ChoiceState& state, json::Value value, std::vector<StreamEvent>& out);
  void finish(ChoiceState& state, json::Value reason, std::vector<StreamEvent>& out);
  bool usage(const Chunk& chunk, std::vector<StreamEvent>& out);
  ChoiceState* state_of(std::int64_t index);
  Call* find_call(ChoiceState& state, json::Value index, std::string_view id, bool named);

  void say(ChoiceState& state, std::string_view text, std::vector<StreamEvent>& out);
  void untag(ChoiceState& state, std::string_view text, std::vector<StreamEvent>& out);
  void cite(ChoiceState& state, json::Value annotations, std::vector<StreamEvent>& out);
  void sign(ChoiceState& state, json::Value details, std::vector<StreamEvent>& out);

  bool tolerant_, think_tags_;
  bool cited_ = false;  // Perplexity repeats its list in every chunk
  bool started_ = false, done_ = false, failed_ = false;
  providers::EventDocument document_;
  std::vector<std::unique_ptr<ChoiceState>> choices_;
};

void Decoder::start(const Chunk& chunk, std::vector<StreamEvent>& out) {
  // Azure's first chunk has neither id, model nor choices: what it would start is not known yet.
  const std::string_view id = chunk.id.string_or(""), model = chunk.model.string_or("");
  if (id.empty() && model.empty() && chunk.choices.size() == 0) return;
  started_ = true;
  out.push_back(StreamStart{std::string(id), std::string(model), chunk.created.int_or(0)});
}

ChoiceState* Decoder::state_of(std::int64_t index) {
  for (const auto& state : choices_) {
    if (state->index == index) return state.get();
  }
  if (choices_.size() >= kMaxChoices || index < 0) return nullptr;
  choices_.push_back(std::make_unique<ChoiceState>());
  choices_.back()->index = index;
  return choices_.back().get();
}

// The call a delta belongs to. Providers number from 1, leave the index out, repeat one index for
// several calls (then id and name are new), or repeat the id or an empty one in later deltas.
Call* Decoder::find_call(ChoiceState& state, json::Value index, std::string_view id, bool named) {
  const bool has_index = index.is_number();
  const std::int64_t number = index.int_or(0);
  for (auto call = state.calls.rbegin(); call != state.calls.rend(); ++call) {
    if (has_index && call->provider_index != number) continue;
    const bool other_id = !id.empty() && !call->id.empty() && call->id != id;
    if (other_id && named) continue;
    if (!has_index && id.empty() && named && call->named) continue;
    return &*call;
  }
  if (state.calls.size() >= kMaxCalls) return nullptr;
  state.calls.push_back(Call{number, {}, false, false});
  return &state.calls.back();
}

Status Decoder::tool_call(ChoiceState& state, json::Value value, std::vector<StreamEvent>& out) {
  const json::Value function = value.get("function");
  const std::string_view id = value.get("id").string_or("");
  std::string_view name = function.get("name").string_or("");
  const std::string_view arguments = arguments_text(function.get("arguments"));
  Call* call = find_call(state, value.get("index"), id, !name.empty());
  if (call == nullptr) {
    return fail(Code::upstream_error, "The provider's stream holds more tool calls than allowed.");
  }
  ToolCallDelta delta;
  delta.choice = state.index;
  delta.call = call - state.calls.data();
  if (call->id.empty() && !id.empty()) {
    call->id = id;
    delta.id = id;
  }
  if (!call->named && !name.empty()) {
    call->named = true;
    delta.name = name;
  }
  delta.arguments = arguments;
  call->has_arguments |= !arguments.empty();
  delta.signature = thought_signature(value);
  if (!delta.id.empty() || !delta.name.empty() || !arguments.empty() || !delta.signature.empty())
    out.push_back(delta);
  return {};
}

void Decoder::legacy_call(ChoiceState& state, json::Value value, std::vector<StreamEvent>& out) {
  const std::string_view name = value.get("name").string_or("");
  const std::string_view arguments = arguments_text(value.get("arguments"));
  if (name.empty() && arguments.empty()) return;
  if (state.calls.empty()) state.calls.push_back(Call{});
  Call& call = state.calls.front();
  ToolCallDelta delta{state.index, 0, {}, call.named ? std::string_view{} : name, arguments};
  call.named |= !name.empty();
  call.has_arguments |= !arguments.empty();
  out.push_back(delta);
}

void Decoder::finish(ChoiceState& state, json::Value reason, std::vector<StreamEvent>& out) {
  const std::string_view text = reason.string_or("");
  if (text.empty()) return;
  const FinishReason mapped = map_finish(text);
  if (state.finish == mapped) return;  // OpenRouter repeats it
  state.finish = mapped;
  if (think_tags_) untag(state, {}, out);
  for (std::size_t i = 0; i < state.calls.size(); ++i) {
    if (state.calls[i].has_arguments) continue;
    state.calls[i].has_arguments = true;
    out.push_back(ToolCallDelta{state.index, static_cast<std::int64_t>(i), {}, {}, "{}"});
  }
  out.push_back(StreamFinish{state.index, mapped, std::string(text)});
}

void Decoder::say(ChoiceState& state, std::string_view text, std::vector<StreamEvent>& out) {
  if (think_tags_) return untag(state, text, out);
  if (text.empty()) return;
  state.said.append(text);
  out.push_back(TextDelta{state.index, text});
}

// With nothing to say: the choice is at its end.
void Decoder::untag(ChoiceState& state, std::string_view text, std::vector<StreamEvent>& out) {
  const std::string piece(text);  // may be a view of state.text
  state.text.clear();
  state.details.clear();
  if (piece.empty() && state.finish == FinishReason::none) return;
  if (piece.empty())
    state.tags.finish(state.text, state.details);
  else
    state.tags.feed(piece, state.text, state.details);
  if (!state.details.empty()) out.push_back(ReasoningDelta{state.index, state.details});
  if (!state.text.empty()) out.push_back(TextDelta{state.index, state.text});
  state.said.append(state.text);
}

void Decoder::cite(ChoiceState& state, json::Value annotations, std::vector<StreamEvent>& out) {
  for (const json::Value annotation : annotations) {
    auto citation = read_annotation(annotation, state.said.from(0));
    if (!citation) continue;
    state.said.check(*citation);
    out.push_back(CitationDelta{state.index, std::move(*citation)});
  }
}

void Decoder::sign(ChoiceState& state, json::Value details, std::vector<StreamEvent>& out) {
  for (const json::Value detail : details) {
    const std::string_view signature = detail.get("signature").string_or("");
    const std::string_view secret = detail.get("data").string_or("");
    if (!signature.empty())
      out.push_back(ThinkingSigned{state.index, signature, {}});
    else if (!secret.empty())
      out.push_back(ThinkingSigned{state.index, {}, secret});
  }
}

Status Decoder::choice(json::Value value, std::int64_t position, std::vector<StreamEvent>& out) {
  json::Value index, delta, message, finish_reason;
  for (const json::Value member : value) {
    const std::string_view key = member.key();
    if (key == "delta")
      delta = member;
    else if (key == "index")
      index = member;
    else if (key == "finish_reason")
      finish_reason = member;
    else if (key == "message")
      message = member;
  }
  ChoiceState* state = state_of(index.int_or(position));
  if (state == nullptr) {
    return fail(Code::upstream_error, "The provider's stream numbers its choices wrongly.");
  }
  if (delta.empty()) delta = message;  // Writer sends `message` for the same thing
  json::Value content, refusal, tool_calls, function_call, annotations, details;
  bool reasons = false;
  for (const json::Value member : delta) {
    const std::string_view key = member.key();
    if (key == "content")
      content = member;
    else if (key == "tool_calls")
      tool_calls = member;
    else if (key == "refusal")
      refusal = member;
    else if (key == "function_call")
      function_call = member;
    else if (key == "annotations")
      annotations = member;
    else if (key.starts_with("reasoning")) {
      reasons = true;
      if (key == "reasoning_details") details = member;
    }
  }
  if (reasons) {
    const std::string_view text = reasoning_text(delta, state->details);
    const bool detailed = text.data() == state->details.data();
    state->plain_reasoning = state->plain_reasoning || (!detailed && !text.empty());
    if (!text.empty() && !(detailed && state->plain_reasoning))
      out.push_back(ReasoningDelta{state->index, text});
    sign(*state, details, out);
  }
  const Content parts = content_text(content, state->text, state->thinking);
  if (!parts.reasoning.empty()) out.push_back(ReasoningDelta{state->index, parts.reasoning});
  if (!parts.text.empty()) say(*state, parts.text, out);
  cite(*state, annotations, out);
  const std::string_view refused = refusal.string_or("");
  if (!refused.empty()) out.push_back(RefusalDelta{state->index, refused});
  for (const json::Value call : tool_calls) TRY(tool_call(*state, call, out));
  if (function_call.is_object()) legacy_call(*state, function_call, out);
  finish(*state, finish_reason, out);
  return {};
}

bool Decoder::usage(const Chunk& chunk, std::vector<StreamEvent>& out) {
  auto found = read_usage(chunk.usage);
  if (!found) found = read_usage(chunk.x_groq.get("usage"));
  if (!found) found = read_usage(chunk.choices.at(0).get("usage"));  // Moonshot
  if (!found) return false;
  out.push_back(StreamUsage{*found, std::string(chunk.service_tier.string_or(""))});
  return true;
}

Result<StreamDecoder::Outcome> Decoder::decode(const sse::Event& event,
                                               std::vector<StreamEvent>& out) {
  Outcome outcome;
  const std::string_view data = providers::trim(event.data);
  if (data.empty() || done_) return outcome;
  if (data == "[DONE]") {
    done_ = outcome.terminal = true;
    if (!failed_) out.push_back(StreamDone{});
    return outcome;
  }
  if (failed_) return outcome;  // what follows an error is no answer
  failed_ = true;               // until this event was read to its end
  TRY_ASSIGN(const json::Value root, document_.parse(data));
  const Chunk chunk = read_chunk(root);
  const bool is_error =
      !chunk.error.empty() || event.type == "error" || chunk.object.string_or("") == "error";
  if (!is_error) {
    if (!started_) start(chunk, out);
    std::int64_t position = 0;
    for (const json::Value c : chunk.choices) TRY(choice(c, position++, out));
    if (!cited_ && chunk.citations.size() > 0) {
      cited_ = true;
      for (const json::Value url : chunk.citations) out.push_back(CitationDelta{0, page(url)});
    }
  }
  const bool counted = usage(chunk, out);
  outcome.usage_only = counted && !is_error && chunk.choices.size() == 0;
  if (is_error) outcome.error = classify_value(200, root);
  failed_ = is_error;
  return outcome;
}

bool Decoder::complete() const {
  if (failed_) return false;
  if (done_) return true;
  return tolerant_ && !choices_.empty() &&
         std::all_of(choices_.begin(), choices_.end(),
                     [](const auto& c) { return c->finish != FinishReason::none; });
}

}  // namespace

std::unique_ptr<StreamDecoder> make_stream_decoder(const Config& config) {
  return std::make_unique<Decoder>(config);
}

}  // namespace maester::gateway::openai
