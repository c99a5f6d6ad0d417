#include <string>
#include <utility>

#include "codec/json.h"
#include "codec/json_writer.h"
#include "gateway/surfaces/openai_chat.h"

namespace maester::gateway {

namespace {

std::string_view client_finish(FinishReason reason, bool called) {
  switch (reason) {
    case FinishReason::none:
    case FinishReason::other:
    case FinishReason::error:
      return called ? "tool_calls" : "stop";
    default:
      return to_string(reason);
  }
}

}  // namespace

// "data: " and what every chunk of a stream has in front of its choices.
const std::string& OpenAiChunkEncoder::head() {
  if (!head_.empty()) return head_;
  head_ = "data: ";
  json::Writer w(head_);
  w.begin_object().field("id", start_.id.empty() ? shape_.id : start_.id);
  w.field("object", "chat.completion.chunk");
  w.field("created", start_.created != 0 ? start_.created : shape_.created);
  w.field("model", shape_.model.empty() ? start_.model : shape_.model);
  return head_;
}

OpenAiChunkEncoder::Choice& OpenAiChunkEncoder::choice(std::int64_t index) {
  for (Choice& c : choices_) {
    if (c.index == index) return c;
  }
  Choice& added = choices_.emplace_back();
  added.index = index;
  return added;
}

void OpenAiChunkEncoder::begin(std::string& out, std::int64_t index) {
  out += head();
  out += R"(,"choices":[{"index":)";
  out += std::to_string(index);
  out += R"(,"delta":{)";
  Choice& c = choice(index);
  if (!c.role_sent) {
    c.role_sent = true;
    out += R"("role":"assistant")";
  }
}

// `finish` as JSON: "null" but in a choice's last chunk.
void OpenAiChunkEncoder::end(std::string& out, std::string_view finish) {
  out += R"(},"logprobs":null,"finish_reason":)";
  out += finish;
  out += shape_.include_usage ? "}],\"usage\":null}\n\n" : "}]}\n\n";
}

void OpenAiChunkEncoder::append_text(std::string& out, std::int64_t index, std::string_view field,
                                     std::string_view text) {
  begin(out, index);
  if (out.back() != '{') out += ',';
  json::append_string(out, field);
  out += ':';
  json::append_string(out, text);
  end(out, "null");
}

void OpenAiChunkEncoder::append_call(std::string& out, const ToolCallDelta& delta) {
  begin(out, delta.choice);
  if (out.back() != '{') out += ',';
  Choice& c = choice(delta.choice);
  const bool first = delta.call >= c.calls;
  if (first) c.calls = delta.call + 1;
  out += R"("tool_calls":[{"index":)";
  out += std::to_string(delta.call);
  if (first) {
    const std::string id =
        delta.id.empty() ? "call_" + std::to_string(delta.choice) + "_" + std::to_string(delta.call)
                         : std::string(delta.id);
    out += R"(,"id":)";
    json::append_string(out, id);
    out += R"(,"type":"function")";
  }
  out += R"(,"function":{)";
  if (first || !delta.name.empty()) {
    out += R"("name":)";
    json::append_string(out, delta.name);
    out += ',';
  }
  out += R"("arguments":)";
  json::append_string(out, delta.arguments);
  out += '}';
  if (!delta.signature.empty()) {
    out += R"(,"extra_content":{"google":{"thought_signature":)";
    json::append_string(out, delta.signature);
    out += "}}";
  }
  out += "}]";
  end(out, "null");
}

void OpenAiChunkEncoder::append_list(std::string& out, std::int64_t index, std::string_view field,
                                     std::string_view element) {
  begin(out, index);
  if (out.back() != '{') out += ',';
  json::append_string(out, field);
  out.append(":[").append(element).append("]");
  end(out, "null");
}

// A block with all its text, so that a client which keeps the list can send it back as it is.
void OpenAiChunkEncoder::append_signed(std::string& out, const ThinkingSigned& event) {
  Choice& c = choice(event.choice);
  ThinkingPart block;
  block.signature = event.signature;
  block.redacted_data = event.redacted_data;
  if (block.redacted_data.empty()) block.text = std::exchange(c.thought, {});
  std::string element;
  append_openai_thinking(element, block, c.blocks++);
  append_list(out, event.choice, "reasoning_details", element);
}

void OpenAiChunkEncoder::append_citation(std::string& out, const CitationDelta& event) {
  std::string element;
  append_openai_annotation(element, event.citation, choice(event.choice).said);
  append_list(out, event.choice, "annotations", element);
}

void OpenAiChunkEncoder::append(std::string& out, const StreamEvent& event) {
  if (const auto* start = std::get_if<StreamStart>(&event)) {
    start_ = *start;
    head_.clear();
  } else if (const auto* text = std::get_if<TextDelta>(&event)) {
    choice(text->choice).said += text->text;
    append_text(out, text->choice, "content", text->text);
  } else if (const auto* reasoning = std::get_if<ReasoningDelta>(&event)) {
    choice(reasoning->choice).thought += reasoning->text;
    append_text(out, reasoning->choice, "reasoning_content", reasoning->text);
  } else if (const auto* thought = std::get_if<ThinkingSigned>(&event)) {
    append_signed(out, *thought);
  } else if (const auto* citation = std::get_if<CitationDelta>(&event)) {
    append_citation(out, *citation);
  } else if (const auto* refusal = std::get_if<RefusalDelta>(&event)) {
    append_text(out, refusal->choice, "refusal", refusal->text);
  } else if (const auto* call = std::get_if<ToolCallDelta>(&event)) {
    append_call(out, *call);
  } else if (const auto* finish = std::get_if<StreamFinish>(&event)) {
    begin(out, finish->choice);
    end(out, json::quote(client_finish(finish->reason, choice(finish->choice).calls > 0)));
  } else if (const auto* usage = std::get_if<StreamUsage>(&event)) {
    usage_ = *usage;
  }
}

void OpenAiChunkEncoder::append_usage(std::string& out) {
  if (!shape_.include_usage || !usage_) return;
  out += head();
  out += R"(,"choices":[],"usage":)";
  append_openai_usage(out, usage_->usage);
  if (!usage_->service_tier.empty()) {
    out += R"(,"service_tier":)";
    json::append_string(out, usage_->service_tier);
  }
  out += "}\n\n";
}

void OpenAiChunkEncoder::append_maester(std::string& out, std::string_view json) {
  out += head();
  out += R"(,"choices":[],"maester":)";
  out += json;
  out += "}\n\n";
}

void OpenAiChunkEncoder::append_done(std::string& out) {
  out += "data: [DONE]\n\n";
}

}  // namespace maester::gateway
