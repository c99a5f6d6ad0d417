#include <utility>

#include "gateway/providers/bedrock/adapter.h"
#include "gateway/providers/common/event_document.h"

namespace maester::gateway::bedrock {

namespace {

constexpr std::size_t kMaxCalls = 1024;

// A frame's type is beside its payload. messageStop ends the answer; the usage comes in a metadata
// frame that may stand before or behind it.
class Decoder final : public StreamDecoder {
 public:
  Result<Outcome> decode(const sse::Event& event, std::vector<StreamEvent>& out) override;
  bool complete() const override { return done_ && !failed_; }

 private:
  struct Call {
    std::int64_t block = 0;
    bool open = true, has_arguments = false;
  };
  Status begin_block(json::Value root, std::vector<StreamEvent>& out);
  void delta(json::Value root, std::vector<StreamEvent>& out);
  void think(json::Value delta, std::vector<StreamEvent>& out);
  void end_block(std::int64_t block, std::vector<StreamEvent>& out);
  void sign(std::vector<StreamEvent>& out);
  void end(json::Value root, std::vector<StreamEvent>& out);

  providers::EventDocument document_;
  std::vector<Call> calls_;
  std::string signature_, ended_signature_;
  bool started_ = false, done_ = false, failed_ = false;
};

Status Decoder::begin_block(json::Value root, std::vector<StreamEvent>& out) {
  const json::Value call = root.get("start").get("toolUse");
  if (!call.is_object() || is_server_tool(call)) return {};
  if (calls_.size() >= kMaxCalls) {
    return fail(Code::upstream_error, "The provider's stream holds more tool calls than allowed.");
  }
  const auto number = static_cast<std::int64_t>(calls_.size());
  calls_.push_back(Call{root.get("contentBlockIndex").int_or(number)});
  out.push_back(ToolCallDelta{
      0, number, call.get("toolUseId").string_or(""), call.get("name").string_or(""), {}});
  return {};
}

void Decoder::think(json::Value delta, std::vector<StreamEvent>& out) {
  const std::string_view text = delta.get("text").string_or("");
  const std::string_view secret = delta.get("redactedContent").string_or("");
  if (!text.empty()) out.push_back(ReasoningDelta{0, text});
  if (!secret.empty()) out.push_back(ThinkingSigned{0, {}, secret});
  signature_ += delta.get("signature").string_or("");
}

void Decoder::delta(json::Value root, std::vector<StreamEvent>& out) {
  const json::Value delta = root.get("delta");
  const std::string_view text = delta.get("text").string_or("");
  if (!text.empty()) out.push_back(TextDelta{0, text});
  if (const json::Value thought = delta.get("reasoningContent"); thought.is_object()) {
    think(thought, out);
  }
  const std::string_view json = delta.get("toolUse").get("input").string_or("");
  const std::int64_t block = root.get("contentBlockIndex").int_or(-1);
  for (std::size_t i = calls_.size(); i-- > 0 && !json.empty();) {
    if (calls_[i].block != block || !calls_[i].open) continue;
    calls_[i].has_arguments = true;
    out.push_back(ToolCallDelta{0, static_cast<std::int64_t>(i), {}, {}, json});
    break;
  }  // else a server tool's input
}

void Decoder::sign(std::vector<StreamEvent>& out) {
  if (signature_.empty()) return;
  ended_signature_.swap(signature_);
  signature_.clear();
  out.push_back(ThinkingSigned{0, ended_signature_, {}});
}

void Decoder::end_block(std::int64_t block, std::vector<StreamEvent>& out) {
  sign(out);
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    if (!calls_[i].open || (block >= 0 && calls_[i].block != block)) continue;
    calls_[i].open = false;
    if (!calls_[i].has_arguments) {
      out.push_back(ToolCallDelta{0, static_cast<std::int64_t>(i), {}, {}, "{}"});
    }
  }
}

void Decoder::end(json::Value root, std::vector<StreamEvent>& out) {
  if (done_) return;
  const std::string_view stop = root.get("stopReason").string_or("");
  end_block(-1, out);
  out.push_back(StreamFinish{0, map_stop(stop), std::string(stop)});
  out.push_back(StreamDone{});
  done_ = true;
}

Result<StreamDecoder::Outcome> Decoder::decode(const sse::Event& event,
                                               std::vector<StreamEvent>& out) {
  Outcome outcome;
  if (failed_) return outcome;
  if (event.id == "exception" || event.id == "error") {
    failed_ = true;
    outcome.error = classify_exception(event.type, event.data);
    return outcome;
  }
  failed_ = true;  // until this event was read to its end
  TRY_ASSIGN(const json::Value root, document_.parse(event.data));
  if (!started_) {
    started_ = true;
    out.push_back(StreamStart{});  // Bedrock names neither answer nor model
  }
  if (event.type == "contentBlockDelta") {
    delta(root, out);
  } else if (event.type == "contentBlockStart") {
    TRY(begin_block(root, out));
  } else if (event.type == "contentBlockStop") {
    end_block(root.get("contentBlockIndex").int_or(-1), out);
  } else if (event.type == "messageStop") {
    end(root, out);
  } else if (event.type == "metadata") {
    if (const auto usage = read_usage(root.get("usage"))) {
      out.push_back(
          StreamUsage{*usage, std::string(root.get("serviceTier").get("type").string_or(""))});
    }
  }
  failed_ = false;
  return outcome;
}

}  // namespace

std::unique_ptr<StreamDecoder> make_stream_decoder() {
  return std::make_unique<Decoder>();
}

}  // namespace maester::gateway::bedrock
