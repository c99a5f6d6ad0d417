#include <algorithm>
#include <string>
#include <utility>

#include "codec/json_writer.h"
#include "gateway/surfaces/responses.h"

namespace maester::gateway {
namespace {

std::string quoted_member(std::string_view name, std::string_view text) {
  return ",\"" + std::string(name) + "\":" + json::quote(text);
}

}  // namespace

// `members`: further members of the event's object, each with its comma in front.
void ResponsesEventEncoder::emit(std::string& out, std::string_view type,
                                 const std::string& members) {
  out.append("event: ").append(type).append("\ndata: {\"type\":\"").append(type);
  out.append("\",\"sequence_number\":").append(std::to_string(sequence_++)).append(members);
  out += "}\n\n";
}

void ResponsesEventEncoder::begin(std::string& out) {
  if (begun_) return;
  begun_ = true;
  const std::string response =
      ",\"response\":" + encode_response_object(shape_, sum_.response(), "in_progress");
  emit(out, "response.created", response);
  emit(out, "response.in_progress", response);
}

ResponsesEventEncoder::Item ResponsesEventEncoder::next_item(std::string_view prefix) {
  std::string_view tail = shape_.id;
  if (const auto underscore = tail.find('_'); underscore != tail.npos)
    tail.remove_prefix(underscore + 1);
  const std::int64_t index = items_++;
  return {index, std::string(prefix) + "_" + std::string(tail) + "_" + std::to_string(index)};
}

void ResponsesEventEncoder::emit_item(std::string& out, std::string_view type, const Item& item,
                                      const std::string& json) {
  emit(out, type, ",\"output_index\":" + std::to_string(item.index) + ",\"item\":" + json);
}

// `slot`: content_index, or summary_index of a reasoning item; there is one part an item.
void ResponsesEventEncoder::emit_part(std::string& out, std::string_view type,
                                      std::string_view slot, const std::string& part) {
  emit(out, type,
       quoted_member("item_id", item_.id) + ",\"output_index\":" + std::to_string(item_.index) +
           ",\"" + std::string(slot) + "\":0,\"part\":" + part);
}

void ResponsesEventEncoder::emit_text(std::string& out, std::string_view type,
                                      std::string_view slot, std::string_view field,
                                      std::string_view text) {
  const bool plain = open_ == Open::text;
  emit(out, type,
       quoted_member("item_id", item_.id) + ",\"output_index\":" + std::to_string(item_.index) +
           ",\"" + std::string(slot) + "\":0" + quoted_member(field, text) +
           (plain ? ",\"logprobs\":[]" : ""));
}

void ResponsesEventEncoder::open(std::string& out, Open kind) {
  begin(out);
  if (open_ == kind) return;
  close(out);
  open_ = kind;
  if (kind == Open::reasoning) {
    item_ = next_item("rs");
    emit_item(out, "response.output_item.added", item_, reasoning_item(item_.id, {}, nullptr));
    emit_part(out, "response.reasoning_summary_part.added", "summary_index",
              R"({"type":"summary_text","text":""})");
    return;
  }
  item_ = next_item("msg");
  emit_item(out, "response.output_item.added", item_, message_item(item_.id, "in_progress", {}));
  emit_part(out, "response.content_part.added", "content_index",
            kind == Open::text ? text_part({}, {}) : refusal_part({}));
}

void ResponsesEventEncoder::close(std::string& out, const ThinkingPart* block) {
  std::string item;
  if (open_ == Open::none) return;
  if (open_ == Open::reasoning) {
    emit_text(out, "response.reasoning_summary_text.done", "summary_index", "text", text_);
    emit_part(out, "response.reasoning_summary_part.done", "summary_index",
              R"({"type":"summary_text")" + quoted_member("text", text_) + "}");
    item = reasoning_item(item_.id, text_, block);
  } else {
    const bool plain = open_ == Open::text;
    Choice choice;
    (plain ? choice.content : choice.refusal) = text_;
    choice.citations = citations_;
    emit_text(out, plain ? "response.output_text.done" : "response.refusal.done", "content_index",
              plain ? "text" : "refusal", text_);
    emit_part(out, "response.content_part.done", "content_index",
              plain ? text_part(text_, citations_) : refusal_part(text_));
    item = message_item(item_.id, "completed", choice);
  }
  emit_item(out, "response.output_item.done", item_, item);
  done_.emplace_back(item_.index, std::move(item));
  open_ = Open::none;
  text_.clear();
  citations_.clear();
}

void ResponsesEventEncoder::append_delta(std::string& out, Open kind, std::string_view text) {
  if (text.empty()) return;
  open(out, kind);
  text_ += text;
  const bool thinks = kind == Open::reasoning;
  emit_text(out,
            thinks               ? "response.reasoning_summary_text.delta"
            : kind == Open::text ? "response.output_text.delta"
                                 : "response.refusal.delta",
            thinks ? "summary_index" : "content_index", "delta", text);
}

void ResponsesEventEncoder::append_signed(std::string& out, const ThinkingSigned& event) {
  ThinkingPart block;
  block.signature = event.signature;
  block.redacted_data = event.redacted_data;
  if (!block.redacted_data.empty()) close(out);
  open(out, Open::reasoning);
  if (block.redacted_data.empty()) block.text = text_;
  close(out, &block);
}

void ResponsesEventEncoder::append_citation(std::string& out, const Citation& citation) {
  open(out, Open::text);
  emit(out, "response.output_text.annotation.added",
       quoted_member("item_id", item_.id) + ",\"output_index\":" + std::to_string(item_.index) +
           ",\"content_index\":0,\"annotation_index\":" + std::to_string(citations_.size()) +
           ",\"annotation\":" + responses_annotation(citation, text_));
  citations_.push_back(citation);
}

void ResponsesEventEncoder::append_call(std::string& out, const ToolCallDelta& delta) {
  if (delta.call < 0) return;
  begin(out);
  close(out);
  const auto at = static_cast<std::size_t>(delta.call);
  if (calls_.size() <= at) calls_.resize(at + 1);
  CallItem& one = calls_[at];
  if (!delta.id.empty()) one.call.id = delta.id;
  if (!delta.name.empty()) one.call.name = delta.name;
  if (!one.begun && one.call.name.empty()) {
    one.call.arguments += delta.arguments;
    return;
  }
  std::string_view arguments = delta.arguments;
  std::string kept;
  if (!one.begun) {
    one.begun = true;
    one.item = next_item("fc");
    kept = std::exchange(one.call.arguments, {}) + std::string(arguments);
    arguments = kept;
    emit_item(out, "response.output_item.added", one.item,
              call_item(one.item.id, "in_progress", one.call));
  }
  if (arguments.empty()) return;
  one.call.arguments += arguments;
  emit(out, "response.function_call_arguments.delta",
       quoted_member("item_id", one.item.id) + ",\"output_index\":" +
           std::to_string(one.item.index) + quoted_member("delta", arguments));
}

void ResponsesEventEncoder::append(std::string& out, const StreamEvent& event) {
  if (const auto* usage = std::get_if<StreamUsage>(&event)) {
    (void)sum_.add(*usage);
  } else if (const auto* finish = std::get_if<StreamFinish>(&event)) {
    (void)sum_.add(*finish);
  } else if (const auto* start = std::get_if<StreamStart>(&event)) {
    (void)sum_.add(*start);
  } else if (const auto* text = std::get_if<TextDelta>(&event)) {
    append_delta(out, Open::text, text->text);
  } else if (const auto* reasoning = std::get_if<ReasoningDelta>(&event)) {
    append_delta(out, Open::reasoning, reasoning->text);
  } else if (const auto* thought = std::get_if<ThinkingSigned>(&event)) {
    append_signed(out, *thought);
  } else if (const auto* refusal = std::get_if<RefusalDelta>(&event)) {
    append_delta(out, Open::refusal, refusal->text);
  } else if (const auto* citation = std::get_if<CitationDelta>(&event)) {
    append_citation(out, citation->citation);
  } else if (const auto* call = std::get_if<ToolCallDelta>(&event)) {
    append_call(out, *call);
  }
}

void ResponsesEventEncoder::append_end(std::string& out, std::string_view maester) {
  begin(out);
  close(out);
  for (const CallItem& one : calls_) {
    if (!one.begun) continue;
    emit(out, "response.function_call_arguments.done",
         quoted_member("item_id", one.item.id) +
             ",\"output_index\":" + std::to_string(one.item.index) +
             quoted_member("name", one.call.name) + quoted_member("arguments", one.call.arguments));
    std::string item = call_item(one.item.id, "completed", one.call);
    emit_item(out, "response.output_item.done", one.item, item);
    done_.emplace_back(one.item.index, std::move(item));
  }
  std::sort(done_.begin(), done_.end());
  shape_.maester = maester;
  ChatResponse& response = sum_.response();
  const std::string_view status = response_status(response);
  // The items as they were streamed, in place of what the object would make of the choices.
  std::string object = encode_response_object(shape_, response, status);
  const auto document = json::Document::parse(object);
  json::Edit edit(*document);
  std::string output = "[";
  for (const auto& [index, item] : done_) output += (output.size() > 1 ? "," : "") + item;
  edit.replace(document->root().get("output"), output + "]");
  emit(out, status == "completed" ? "response.completed" : "response.incomplete",
       ",\"response\":" + edit.apply());
}

// With `error`, too, which is what OpenAI's clients look for in any stream.
void ResponsesEventEncoder::append_error(std::string& out, std::string_view message,
                                         std::string_view code, std::string_view param,
                                         std::string_view error_object) {
  emit(out, "error",
       quoted_member("code", code) + quoted_member("message", message) +
           ",\"param\":" + (param.empty() ? "null" : json::quote(param)) +
           ",\"error\":" + std::string(error_object));
}

}  // namespace maester::gateway
