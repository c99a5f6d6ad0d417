#include <utility>

#include "gateway/providers/cohere/adapter.h"
#include "gateway/providers/common/error_body.h"
#include "gateway/providers/common/event_document.h"

namespace maester::gateway::cohere {

namespace {

constexpr std::size_t kMaxCalls = 1024;

class Decoder final : public StreamDecoder {
 public:
  Result<Outcome> decode(const sse::Event& event, std::vector<StreamEvent>& out) override;
  bool complete() const override { return done_ && !failed_; }

 private:
  struct Call {
    std::int64_t index = 0;
    bool open = true, has_arguments = false;
  };
  Status begin_call(json::Value root, std::vector<StreamEvent>& out);
  void arguments(json::Value root, std::vector<StreamEvent>& out);
  void end_call(std::int64_t index, std::vector<StreamEvent>& out);
  void content(json::Value content, std::vector<StreamEvent>& out);
  void cite(json::Value citations, std::vector<StreamEvent>& out);
  Outcome end(json::Value delta, std::vector<StreamEvent>& out);

  providers::EventDocument document_;
  std::vector<Call> calls_;
  std::string said_;  // what citations point into
  bool done_ = false, failed_ = false;
};

Status Decoder::begin_call(json::Value root, std::vector<StreamEvent>& out) {
  if (calls_.size() >= kMaxCalls) {
    return fail(Code::upstream_error, "The provider's stream holds more tool calls than allowed.");
  }
  const json::Value call = root.get("delta").get("message").get("tool_calls");
  const auto number = static_cast<std::int64_t>(calls_.size());
  calls_.push_back(Call{root.get("index").int_or(number)});
  ToolCallDelta delta{0, number, call.get("id").string_or(""),
                      call.get("function").get("name").string_or(""),
                      call.get("function").get("arguments").string_or("")};
  calls_.back().has_arguments = !delta.arguments.empty();
  out.push_back(delta);
  return {};
}

void Decoder::arguments(json::Value root, std::vector<StreamEvent>& out) {
  const std::string_view json = root.get("delta")
                                    .get("message")
                                    .get("tool_calls")
                                    .get("function")
                                    .get("arguments")
                                    .string_or("");
  const std::int64_t index = root.get("index").int_or(-1);
  for (std::size_t i = calls_.size(); i-- > 0 && !json.empty();) {
    if (calls_[i].index != index || !calls_[i].open) continue;
    calls_[i].has_arguments = true;
    out.push_back(ToolCallDelta{0, static_cast<std::int64_t>(i), {}, {}, json});
    break;
  }
}

void Decoder::end_call(std::int64_t index, std::vector<StreamEvent>& out) {
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    if (!calls_[i].open || (index >= 0 && calls_[i].index != index)) continue;
    calls_[i].open = false;
    if (!calls_[i].has_arguments) {
      out.push_back(ToolCallDelta{0, static_cast<std::int64_t>(i), {}, {}, "{}"});
    }
  }
}

void Decoder::content(json::Value content, std::vector<StreamEvent>& out) {
  const std::string_view thinking = content.get("thinking").string_or("");
  const std::string_view text = content.get("text").string_or("");
  if (!thinking.empty()) out.push_back(ReasoningDelta{0, thinking});
  if (text.empty()) return;
  said_ += text;
  out.push_back(TextDelta{0, text});
}

void Decoder::cite(json::Value citations, std::vector<StreamEvent>& out) {
  if (citations.is_object()) {
    out.push_back(CitationDelta{0, read_citation(citations, said_)});
    return;
  }
  for (const json::Value each : citations) {
    out.push_back(CitationDelta{0, read_citation(each, said_)});
  }
}

StreamDecoder::Outcome Decoder::end(json::Value delta, std::vector<StreamEvent>& out) {
  Outcome outcome;
  const std::string_view reason = delta.get("finish_reason").string_or("");
  if (const auto usage = read_usage(delta.get("usage"))) out.push_back(StreamUsage{*usage, {}});
  if (map_finish(reason) == FinishReason::error) {
    failed_ = true;
    providers::ErrorBody body;
    body.type = reason;
    body.message = delta.get("error").string_or("The provider ended its stream with an error.");
    body.readable = true;
    outcome.error = providers::make_provider_error(200, {}, std::move(body));
    return outcome;
  }
  end_call(-1, out);
  out.push_back(StreamFinish{0, map_finish(reason), std::string(reason)});
  out.push_back(StreamDone{});
  done_ = true;
  return outcome;
}

Result<StreamDecoder::Outcome> Decoder::decode(const sse::Event& event,
                                               std::vector<StreamEvent>& out) {
  Outcome outcome;
  const std::string_view data = providers::trim(event.data);
  if (data == "[DONE]") {
    outcome.terminal = done_;
    return outcome;
  }
  if (data.empty() || done_ || failed_) return outcome;
  failed_ = true;  // until this event was read to its end
  TRY_ASSIGN(const json::Value root, document_.parse(data));
  const std::string_view type = root.get("type").string_or(event.type);
  const json::Value delta = root.get("delta"), message = delta.get("message");
  if (providers::is_error_value(root)) {
    outcome.error = providers::make_provider_error(200, {}, providers::read_error_value(root));
    return outcome;
  }
  failed_ = false;
  if (type == "content-delta" || type == "content-start") {
    content(message.get("content"), out);
  } else if (type == "message-start") {
    out.push_back(StreamStart{std::string(root.get("id").string_or("")), {}, 0});
  } else if (type == "tool-plan-delta") {
    const std::string_view plan = message.get("tool_plan").string_or("");
    if (!plan.empty()) out.push_back(ReasoningDelta{0, plan});
  } else if (type == "tool-call-start") {
    const Status begun = begin_call(root, out);
    failed_ = !begun;
    TRY(begun);
  } else if (type == "tool-call-delta") {
    arguments(root, out);
  } else if (type == "tool-call-end") {
    end_call(root.get("index").int_or(-1), out);
  } else if (type == "citation-start") {
    cite(message.get("citations"), out);
  } else if (type == "message-end") {
    outcome = end(delta, out);
  }
  return outcome;
}

}  // namespace

std::unique_ptr<StreamDecoder> make_stream_decoder() {
  return std::make_unique<Decoder>();
}

}  // namespace maester::gateway::cohere
