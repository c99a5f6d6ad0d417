#include <utility>

#include "gateway/providers/anthropic/adapter.h"
#include "gateway/providers/common/event_document.h"

namespace maester::gateway::anthropic {

namespace {

constexpr std::int64_t kMaxCalls = 1024;

class Decoder final : public StreamDecoder {
 public:
  Result<Outcome> decode(const sse::Event& event, std::vector<StreamEvent>& out) override;
  bool complete() const override { return done_ && !failed_; }

 private:
  struct Tool {
    std::int64_t block = 0;  // the provider's index of the content block
    std::string input;       // of a block that came with its arguments at once
    bool open = true;
    bool has_arguments = false;
  };
  Outcome begin_message(json::Value message, std::vector<StreamEvent>& out);
  Status begin_block(json::Value event, std::vector<StreamEvent>& out);
  void delta(json::Value event, std::vector<StreamEvent>& out);
  void end_block(std::int64_t block, std::vector<StreamEvent>& out);
  void close(std::size_t tool, std::vector<StreamEvent>& out);
  void say(std::string_view text, std::vector<StreamEvent>& out);
  void end_text_and_thinking(std::vector<StreamEvent>& out);
  void message_delta(json::Value event, std::vector<StreamEvent>& out);
  void report_usage(json::Value usage, std::vector<StreamEvent>& out);

  providers::EventDocument document_;
  bool started_ = false, done_ = false, failed_ = false;
  std::string message_id_;
  std::vector<Tool> tools_;
  // Of the block that is open: what only its end tells. A citation is about the text of its block.
  std::string signature_, ended_signature_;
  std::vector<Citation> citations_;
  std::int64_t said_ = 0, block_begin_ = 0;  // bytes of text
  UsageReader usage_;
};

void Decoder::report_usage(json::Value usage, std::vector<StreamEvent>& out) {
  usage_.read(usage);
  if (const auto counts = usage_.usage(); counts && usage.is_object()) {
    out.push_back(StreamUsage{*counts, usage_.service_tier()});
  }
}

// A message_start may come twice with one id (gateways duplicate it). With another id a second
// answer was spliced into the stream, by something that retried in the middle: what was received is
// neither of the two.
StreamDecoder::Outcome Decoder::begin_message(json::Value message, std::vector<StreamEvent>& out) {
  Outcome outcome;
  const std::string_view id = message.get("id").string_or("");
  if (!started_) {
    started_ = true;
    message_id_ = id;
    out.push_back(StreamStart{std::string(id), std::string(message.get("model").string_or("")), 0});
    report_usage(message.get("usage"), out);
  } else if (id != message_id_) {
    failed_ = true;
    outcome.error = ProviderError{.error_class = ErrorClass::retryable,
                                  .status = 200,
                                  .type = "spliced_stream",
                                  .code = {},
                                  .param = {},
                                  .message = "The provider began a second answer inside the first.",
                                  .retry_after = std::nullopt};
  }
  return outcome;
}

void Decoder::say(std::string_view text, std::vector<StreamEvent>& out) {
  if (text.empty()) return;
  said_ += static_cast<std::int64_t>(text.size());
  out.push_back(TextDelta{0, text});
}

void Decoder::end_text_and_thinking(std::vector<StreamEvent>& out) {
  for (Citation& citation : citations_) {
    citation.start = block_begin_;
    citation.end = said_;
    out.push_back(CitationDelta{0, std::move(citation)});
  }
  citations_.clear();
  if (!signature_.empty()) {
    ended_signature_.swap(signature_);
    signature_.clear();
    out.push_back(ThinkingSigned{0, ended_signature_, {}});
  }
}

Status Decoder::begin_block(json::Value event, std::vector<StreamEvent>& out) {
  const json::Value block = event.get("content_block");
  const std::string_view type = block.get("type").string_or("");
  end_text_and_thinking(out);
  block_begin_ = said_;
  if (type == "text") {
    say(block.get("text").string_or(""), out);
  } else if (type == "thinking") {
    const std::string_view text = block.get("thinking").string_or("");
    if (!text.empty()) out.push_back(ReasoningDelta{0, text});
    signature_ = block.get("signature").string_or("");
  } else if (type == "redacted_thinking") {
    const std::string_view secret = block.get("data").string_or("");
    if (!secret.empty()) out.push_back(ThinkingSigned{0, {}, secret});
  } else if (type == "tool_use") {
    const auto number = static_cast<std::int64_t>(tools_.size());
    if (number >= kMaxCalls) {
      return fail(Code::upstream_error,
                  "The provider's stream holds more tool calls than allowed.");
    }
    Tool& tool = tools_.emplace_back();
    tool.block = event.get("index").int_or(number);
    const json::Value input = block.get("input");
    if (input.is_object() && input.size() > 0) tool.input = input.raw();
    out.push_back(ToolCallDelta{
        0, number, block.get("id").string_or(""), block.get("name").string_or(""), {}});
  }
  return {};
}

void Decoder::delta(json::Value event, std::vector<StreamEvent>& out) {
  const json::Value delta = event.get("delta");
  const std::string_view type = delta.get("type").string_or("");
  if (type == "text_delta") {
    say(delta.get("text").string_or(""), out);
  } else if (type == "signature_delta") {
    signature_ += delta.get("signature").string_or("");
  } else if (type == "citations_delta") {
    if (const json::Value citation = delta.get("citation"); citation.size() > 0)
      citations_.push_back(read_citation(citation));
  } else if (type == "thinking_delta") {
    const std::string_view text = delta.get("thinking").string_or("");
    if (!text.empty()) out.push_back(ReasoningDelta{0, text});
  } else if (type == "input_json_delta") {
    const std::string_view json = delta.get("partial_json").string_or("");
    const std::int64_t block = event.get("index").int_or(-1);
    for (std::size_t i = tools_.size(); i-- > 0 && !json.empty();) {
      if (tools_[i].block != block || !tools_[i].open) continue;
      tools_[i].has_arguments = true;
      out.push_back(ToolCallDelta{0, static_cast<std::int64_t>(i), {}, {}, json});
      break;
    }  // else a server tool's input
  }
}

void Decoder::close(std::size_t at, std::vector<StreamEvent>& out) {
  Tool& tool = tools_[at];
  if (!tool.open) return;
  tool.open = false;
  if (tool.has_arguments) return;
  const std::string_view whole = tool.input.empty() ? std::string_view("{}") : tool.input;
  out.push_back(ToolCallDelta{0, static_cast<std::int64_t>(at), {}, {}, whole});
}

void Decoder::end_block(std::int64_t block, std::vector<StreamEvent>& out) {
  end_text_and_thinking(out);
  for (std::size_t i = 0; i < tools_.size(); ++i) {
    if (tools_[i].block == block) close(i, out);
  }
}

void Decoder::message_delta(json::Value event, std::vector<StreamEvent>& out) {
  const std::string_view stop = event.get("delta").get("stop_reason").string_or("");
  if (!stop.empty()) {
    for (std::size_t i = 0; i < tools_.size(); ++i) close(i, out);
    end_text_and_thinking(out);
    out.push_back(StreamFinish{0, map_stop(stop), std::string(stop)});
  }
  report_usage(event.get("usage"), out);
}

Result<StreamDecoder::Outcome> Decoder::decode(const sse::Event& event,
                                               std::vector<StreamEvent>& out) {
  Outcome outcome;
  const std::string_view data = providers::trim(event.data);
  if (data.empty() || done_ || failed_) return outcome;
  failed_ = true;  // until this event was read to its end
  TRY_ASSIGN(const json::Value root, document_.parse(data));
  const std::string_view type = root.get("type").string_or(event.type);
  failed_ = false;
  if (type == "content_block_delta") {
    delta(root, out);
  } else if (type == "content_block_start") {
    const Status begun = begin_block(root, out);
    failed_ = !begun;
    TRY(begun);
  } else if (type == "content_block_stop") {
    end_block(root.get("index").int_or(-1), out);
  } else if (type == "message_start") {
    outcome = begin_message(root.get("message"), out);
  } else if (type == "message_delta") {
    message_delta(root, out);
  } else if (type == "message_stop") {
    done_ = outcome.terminal = true;
    out.push_back(StreamDone{});
  } else if (type == "error" || !root.get("error").empty()) {
    failed_ = true;
    outcome.error = classify_value(200, root);
  }
  return outcome;
}

}  // namespace

std::unique_ptr<StreamDecoder> make_stream_decoder() {
  return std::make_unique<Decoder>();
}

}  // namespace maester::gateway::anthropic
