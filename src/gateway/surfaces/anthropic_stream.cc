#include <algorithm>
#include <string>

#include "codec/json.h"
#include "codec/json_writer.h"
#include "gateway/surfaces/anthropic_messages.h"

namespace maester::gateway {
namespace {

void append_event(std::string& out, std::string_view type, std::string_view json) {
  out.append("event: ").append(type).append("\ndata: ").append(json).append("\n\n");
}

}  // namespace

// Tokens of the prompt are known only when the provider tells them early; message_delta repeats
// them.
void AnthropicEventEncoder::begin_message(std::string& out) {
  if (begun_) return;
  begun_ = true;
  std::string json;
  json::Writer w(json);
  w.begin_object().field("type", "message_start").key("message").begin_object();
  w.field("id", start_.id.empty() ? shape_.id : start_.id).field("type", "message");
  w.field("role", "assistant").field("model", start_.model.empty() ? shape_.model : start_.model);
  w.key("content").begin_array().end_array().key("stop_reason").null().key("stop_sequence").null();
  std::string usage;
  append_anthropic_usage(usage, usage_ ? usage_->usage : meter::Usage{}, {});
  w.raw_field("usage", usage).end_object().end_object();
  append_event(out, "message_start", json);
}

void AnthropicEventEncoder::begin_block(std::string& out, Block block,
                                        std::string_view content_block) {
  begin_message(out);
  end_block(out);
  open_ = block;
  std::string json;
  json::Writer w(json);
  w.begin_object().field("type", "content_block_start").field("index", ++index_);
  w.raw_field("content_block", content_block).end_object();
  append_event(out, "content_block_start", json);
}

void AnthropicEventEncoder::end_block(std::string& out) {
  if (open_ == Block::none) return;
  open_ = Block::none;
  append_event(out, "content_block_stop",
               R"({"type":"content_block_stop","index":)" + std::to_string(index_) + "}");
}

void AnthropicEventEncoder::append_delta(std::string& out, std::string_view type,
                                         std::string_view field, std::string_view text) {
  out.append("event: content_block_delta\ndata: ");
  json::Writer w(out);
  w.begin_object().field("type", "content_block_delta").field("index", index_);
  w.key("delta").begin_object().field("type", type).field(field, text).end_object().end_object();
  out += "\n\n";
}

void AnthropicEventEncoder::append_text(std::string& out, Block block, std::string_view text) {
  if (text.empty()) return;
  if (open_ == Block::tool && !call_is_whole()) {
    late_text_ += text;
    return;
  }
  if (open_ == Block::tool) ++call_;
  const bool thinking = block == Block::thinking;
  if (open_ != block) {
    begin_block(out, block,
                thinking ? R"({"type":"thinking","thinking":"","signature":""})"
                         : R"({"type":"text","text":""})");
  }
  if (thinking)
    append_delta(out, "thinking_delta", "thinking", text);
  else
    append_delta(out, "text_delta", "text", text);
}

void AnthropicEventEncoder::append_signed(std::string& out, const ThinkingSigned& event) {
  if (!event.redacted_data.empty()) {
    std::string block;
    json::Writer w(block);
    w.begin_object().field("type", "redacted_thinking").field("data", event.redacted_data);
    w.end_object();
    begin_block(out, Block::thinking, block);
    end_block(out);
    return;
  }
  if (open_ != Block::thinking) {
    begin_block(out, Block::thinking, R"({"type":"thinking","thinking":"","signature":""})");
  }
  append_delta(out, "signature_delta", "signature", event.signature);
  end_block(out);
}

void AnthropicEventEncoder::append_citation(std::string& out, const Citation& citation) {
  if (open_ != Block::text) begin_block(out, Block::text, R"({"type":"text","text":""})");
  std::string json;
  json::Writer w(json);
  w.begin_object().field("type", "content_block_delta").field("index", index_);
  std::string body;
  append_anthropic_citation(body, citation, citations_++);
  w.key("delta").begin_object().field("type", "citations_delta").raw_field("citation", body);
  w.end_object().end_object();
  append_event(out, "content_block_delta", json);
}

bool AnthropicEventEncoder::call_is_whole() const {
  if (call_ >= calls_.size()) return true;
  const auto document = json::Document::parse(calls_[call_].arguments);
  return document && document->root().is_object();
}

void AnthropicEventEncoder::take_call(std::string& out, const ToolCallDelta& delta) {
  if (delta.call < 0) return;
  const auto at = static_cast<std::size_t>(delta.call);
  if (at >= calls_.size()) calls_.resize(at + 1);
  Call& call = calls_[at];
  if (!delta.id.empty()) call.id = delta.id;
  if (!delta.name.empty()) call.name = delta.name;
  call.arguments += delta.arguments;
  pump_calls(out, false);
}

// Writes what is known of the call whose turn it is, and goes on to the next when it is whole.
void AnthropicEventEncoder::pump_calls(std::string& out, bool all) {
  while (call_ < calls_.size()) {
    Call& call = calls_[call_];
    if (call.name.empty() && !all) return;
    if (open_ != Block::tool) {
      std::string block;
      json::Writer w(block);
      w.begin_object().field("type", "tool_use");
      w.field("id", call.id.empty() ? "toolu_" + std::to_string(call_) : call.id);
      w.field("name", call.name).key("input").begin_object().end_object().end_object();
      begin_block(out, Block::tool, block);
    }
    if (call.sent < call.arguments.size()) {
      append_delta(out, "input_json_delta", "partial_json",
                   std::string_view(call.arguments).substr(call.sent));
      call.sent = call.arguments.size();
    }
    const bool next = all || (call_ + 1 < calls_.size() && call_is_whole());
    if (!next) return;
    end_block(out);
    ++call_;
  }
}

void AnthropicEventEncoder::append(std::string& out, const StreamEvent& event) {
  if (const auto* start = std::get_if<StreamStart>(&event)) {
    if (!begun_) start_ = *start;
  } else if (const auto* text = std::get_if<TextDelta>(&event)) {
    append_text(out, Block::text, text->text);
  } else if (const auto* reasoning = std::get_if<ReasoningDelta>(&event)) {
    append_text(out, Block::thinking, reasoning->text);
  } else if (const auto* thought = std::get_if<ThinkingSigned>(&event)) {
    append_signed(out, *thought);
  } else if (const auto* refusal = std::get_if<RefusalDelta>(&event)) {
    refused_ = refused_ || !refusal->text.empty();
    append_text(out, Block::text, refusal->text);
  } else if (const auto* citation = std::get_if<CitationDelta>(&event)) {
    append_citation(out, citation->citation);
  } else if (const auto* call = std::get_if<ToolCallDelta>(&event)) {
    take_call(out, *call);
  } else if (const auto* finish = std::get_if<StreamFinish>(&event)) {
    finish_ = *finish;
  } else if (const auto* usage = std::get_if<StreamUsage>(&event)) {
    usage_ = *usage;
  }
}

void AnthropicEventEncoder::append_end(std::string& out, std::string_view maester) {
  begin_message(out);
  pump_calls(out, true);
  if (!late_text_.empty()) append_text(out, Block::text, late_text_);
  end_block(out);
  std::string json;
  json::Writer w(json);
  w.begin_object().field("type", "message_delta").key("delta").begin_object();
  w.field("stop_reason", refused_ ? "refusal"
                                  : anthropic_stop_reason(finish_.reason, finish_.provider_reason,
                                                          !calls_.empty()));
  w.key("stop_sequence").null().end_object();
  std::string usage;
  append_anthropic_usage(usage, usage_ ? usage_->usage : meter::Usage{},
                         usage_ ? std::string_view(usage_->service_tier) : std::string_view());
  w.raw_field("usage", usage).end_object();
  append_event(out, "message_delta", json);
  append_stop(out, maester);
}

void AnthropicEventEncoder::append_stop(std::string& out, std::string_view maester) {
  std::string json;
  json::Writer w(json);
  w.begin_object().field("type", "message_stop");
  if (!maester.empty()) w.raw_field("maester", maester);
  w.end_object();
  append_event(out, "message_stop", json);
}

}  // namespace maester::gateway
