#include <utility>

#include "gateway/providers/common/error_body.h"
#include "gateway/providers/common/event_document.h"
#include "gateway/providers/ollama/adapter.h"

namespace maester::gateway::ollama {

namespace {

constexpr std::int64_t kMaxCalls = 1024;

// A line each; the one with `done` true is the last.
class Decoder final : public StreamDecoder {
 public:
  Result<Outcome> decode(const sse::Event& event, std::vector<StreamEvent>& out) override;
  bool complete() const override { return done_ && !failed_; }

 private:
  providers::EventDocument document_;
  std::int64_t calls_ = 0;
  bool started_ = false, done_ = false, failed_ = false;
};

Result<StreamDecoder::Outcome> Decoder::decode(const sse::Event& event,
                                               std::vector<StreamEvent>& out) {
  Outcome outcome;
  if (done_ || failed_) return outcome;
  failed_ = true;  // until this line was read to its end
  TRY_ASSIGN(const json::Value root, document_.parse(event.data));
  if (providers::is_error_value(root)) {
    outcome.error = providers::make_provider_error(200, {}, providers::read_error_value(root));
    return outcome;
  }
  if (!started_) {
    started_ = true;
    out.push_back(StreamStart{{}, std::string(root.get("model").string_or("")), created_at(root)});
  }
  const json::Value message = root.get("message");
  const std::string_view thinking = message.get("thinking").string_or("");
  const std::string_view text = message.get("content").string_or("");
  if (!thinking.empty()) out.push_back(ReasoningDelta{0, thinking});
  if (!text.empty()) out.push_back(TextDelta{0, text});
  for (const json::Value call : message.get("tool_calls")) {
    if (calls_ >= kMaxCalls) {
      return fail(Code::upstream_error,
                  "The provider's stream holds more tool calls than allowed.");
    }
    const json::Value function = call.get("function"), arguments = function.get("arguments");
    out.push_back(ToolCallDelta{0, calls_++, call.get("id").string_or(""),
                                function.get("name").string_or(""),
                                arguments.is_object() ? arguments.raw() : std::string_view("{}")});
  }
  if (root.get("done").bool_or(false)) {
    const std::string_view reason = root.get("done_reason").string_or("");
    out.push_back(StreamFinish{0, map_done(reason, calls_ > 0), std::string(reason)});
    if (const auto usage = read_usage(root)) out.push_back(StreamUsage{*usage, {}});
    out.push_back(StreamDone{});
    done_ = outcome.terminal = true;
  }
  failed_ = false;
  return outcome;
}

}  // namespace

std::unique_ptr<StreamDecoder> make_stream_decoder() {
  return std::make_unique<Decoder>();
}

}  // namespace maester::gateway::ollama
