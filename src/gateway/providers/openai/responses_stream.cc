#include <utility>

#include "gateway/providers/common/cited_text.h"
#include "gateway/providers/common/error_body.h"
#include "gateway/providers/common/event_document.h"
#include "gateway/providers/openai/adapter.h"

namespace maester::gateway::openai {

namespace {

constexpr std::size_t kMaxItems = 4096;

// Items are known by their output_index: some servers change an item's id between its events.
class Decoder final : public StreamDecoder {
 public:
  Result<Outcome> decode(const sse::Event& event, std::vector<StreamEvent>& out) override;
  bool complete() const override { return done_ && !failed_; }

 private:
  struct Item {
    std::int64_t output_index = 0;
    std::int64_t call = -1;  // its number among the calls
    bool custom = false;
    bool said = false;  // text or arguments came as deltas
    std::string input;  // of a custom tool: a JSON string cannot be passed on in pieces
  };
  Item* item_of(json::Value event);
  void start(json::Value response, std::vector<StreamEvent>& out);
  void text(Item& item, std::string_view text, std::vector<StreamEvent>& out);
  void item_added(Item& item, json::Value value, std::vector<StreamEvent>& out);
  void item_done(Item& item, json::Value value, std::vector<StreamEvent>& out);
  void arguments(Item& item, std::string_view json, std::vector<StreamEvent>& out);
  void annotation(json::Value value, std::vector<StreamEvent>& out);
  void delta(std::string_view type, json::Value root, Item& item, std::vector<StreamEvent>& out);
  void finish(json::Value response, std::vector<StreamEvent>& out);
  Outcome take_error(json::Value root);

  providers::EventDocument document_;
  std::vector<Item> items_;
  std::int64_t calls_ = 0;
  providers::CitedText text_;   // for what annotations point to
  std::string scratch_;         // what `out` points to when the event's own text will not do
  std::size_t part_begin_ = 0;  // of the content part in text_
  bool started_ = false, done_ = false, failed_ = false;
};

Decoder::Item* Decoder::item_of(json::Value event) {
  const std::int64_t index = event.get("output_index").int_or(0);
  for (Item& item : items_) {
    if (item.output_index == index) return &item;
  }
  if (items_.size() >= kMaxItems) return nullptr;
  items_.push_back(Item{index, -1, false, false, {}});
  return &items_.back();
}

// A stream that is taken up in its middle has no response.created.
void Decoder::start(json::Value response, std::vector<StreamEvent>& out) {
  if (started_ || !response.is_object()) return;
  started_ = true;
  out.push_back(StreamStart{std::string(response.get("id").string_or("")),
                            std::string(response.get("model").string_or("")),
                            response.get("created_at").int_or(0)});
}

void Decoder::text(Item& item, std::string_view text, std::vector<StreamEvent>& out) {
  if (text.empty()) return;
  item.said = true;
  text_.append(text);
  out.push_back(TextDelta{0, text});
}

void Decoder::item_added(Item& item, json::Value value, std::vector<StreamEvent>& out) {
  const std::string_view type = value.get("type").string_or("");
  const bool custom = type == "custom_tool_call";
  if (item.call >= 0 || (type != "function_call" && !custom)) return;
  item.call = calls_++;
  item.custom = custom;
  out.push_back(ToolCallDelta{
      0, item.call, value.get("call_id").string_or(""), value.get("name").string_or(""), {}});
}

void Decoder::arguments(Item& item, std::string_view json, std::vector<StreamEvent>& out) {
  if (item.call < 0 || json.empty()) return;  // of a tool that the server runs itself
  item.said = true;
  out.push_back(ToolCallDelta{0, item.call, {}, {}, json});
}

// What was not said in deltas is said whole at the end of its item.
void Decoder::item_done(Item& item, json::Value value, std::vector<StreamEvent>& out) {
  item_added(item, value, out);
  const std::string_view type = value.get("type").string_or("");
  if (item.call >= 0) {
    if (item.custom) {
      scratch_ = json::quote(value.get("input").string_or(item.input));
      arguments(item, scratch_, out);
    } else if (!item.said) {
      const std::string_view whole = arguments_text(value.get("arguments"));
      arguments(item, whole.empty() ? std::string_view("{}") : whole, out);
    }
    item.said = true;
  } else if (type == "reasoning") {
    if (!item.said) {
      scratch_.clear();
      append_summary(value, scratch_);
      if (!scratch_.empty()) out.push_back(ReasoningDelta{0, scratch_});
    }
    const std::string_view secret = value.get("encrypted_content").string_or("");
    if (!secret.empty()) out.push_back(ThinkingSigned{0, secret, {}});
    item.said = true;
  } else if (type == "message" && !item.said) {
    for (const json::Value part : value.get("content")) {
      text(item, part.get("text").string_or(""), out);
      const std::string_view refused = part.get("refusal").string_or("");
      if (!refused.empty()) out.push_back(RefusalDelta{0, refused});
    }
    item.said = true;
  }
}

void Decoder::annotation(json::Value value, std::vector<StreamEvent>& out) {
  auto citation = read_annotation(value, text_.from(part_begin_));
  if (citation) text_.check(*citation);
  if (!citation) return;
  if (citation->end > 0) {
    citation->start += static_cast<std::int64_t>(part_begin_);
    citation->end += static_cast<std::int64_t>(part_begin_);
  }
  out.push_back(CitationDelta{0, std::move(*citation)});
}

void Decoder::delta(std::string_view type, json::Value root, Item& item,
                    std::vector<StreamEvent>& out) {
  const std::string_view delta = root.get("delta").string_or("");
  if (type == "response.output_text.delta") {
    text(item, delta, out);
  } else if (type == "response.refusal.delta") {
    item.said = true;
    if (!delta.empty()) out.push_back(RefusalDelta{0, delta});
  } else if (type == "response.reasoning_summary_text.delta" ||
             type == "response.reasoning_text.delta") {
    item.said = true;
    if (!delta.empty()) out.push_back(ReasoningDelta{0, delta});
  } else if (type == "response.reasoning_summary_part.added") {
    if (root.get("summary_index").int_or(0) > 0) out.push_back(ReasoningDelta{0, "\n\n"});
  } else if (type == "response.function_call_arguments.delta") {
    arguments(item, delta, out);
  } else if (type == "response.custom_tool_call_input.delta") {
    if (item.input.size() + delta.size() <= (1u << 20)) item.input += delta;
  } else if (type == "response.function_call_arguments.done") {
    if (!item.said) arguments(item, arguments_text(root.get("arguments")), out);
  } else if (type == "response.output_item.added") {
    item_added(item, root.get("item"), out);
  } else if (type == "response.output_item.done") {
    item_done(item, root.get("item"), out);
  } else if (type == "response.content_part.added") {
    part_begin_ = text_.size();
  } else if (type == "response.output_text.annotation.added") {
    annotation(root.get("annotation"), out);
  }  // else: what repeats the deltas, and what the server does itself
}

void Decoder::finish(json::Value response, std::vector<StreamEvent>& out) {
  Choice end;
  read_end(response, calls_ > 0, end);
  out.push_back(StreamFinish{0, end.finish, end.provider_finish});
  if (const auto usage = read_responses_usage(response)) {
    out.push_back(StreamUsage{*usage, std::string(response.get("service_tier").string_or(""))});
  }
  out.push_back(StreamDone{});
}

StreamDecoder::Outcome Decoder::take_error(json::Value root) {
  failed_ = true;
  const json::Value inner = root.get("response");
  Outcome outcome;
  outcome.error = classify_value(200, inner.is_object() ? inner : root);
  return outcome;
}

Result<StreamDecoder::Outcome> Decoder::decode(const sse::Event& event,
                                               std::vector<StreamEvent>& out) {
  Outcome outcome;
  const std::string_view data = providers::trim(event.data);
  // OpenRouter sends [DONE] after response.completed.
  if (data.empty() || done_ || failed_ || data == "[DONE]") return outcome;
  failed_ = true;  // until this event was read to its end
  TRY_ASSIGN(const json::Value root, document_.parse(data));
  const std::string_view type = root.get("type").string_or(event.type);
  if (type == "error" || type == "response.failed" || !root.get("error").empty()) {
    return take_error(root);
  }
  start(root.get("response"), out);
  if (type == "response.completed" || type == "response.incomplete" ||
      type == "response.cancelled") {
    finish(root.get("response"), out);
    done_ = outcome.terminal = true;
  } else if (root.get("output_index").is_number()) {
    Item* item = item_of(root);
    if (item == nullptr) {
      return fail(Code::upstream_error, "The provider's stream holds more items than allowed.");
    }
    delta(type, root, *item, out);
  }
  failed_ = false;
  return outcome;
}

}  // namespace

std::unique_ptr<StreamDecoder> make_responses_decoder() {
  return std::make_unique<Decoder>();
}

}  // namespace maester::gateway::openai
