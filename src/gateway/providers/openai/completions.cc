// The retired completions: a prompt in, text out. Only for callers who speak them.
#include <algorithm>
#include <utility>

#include "gateway/providers/common/answer.h"
#include "gateway/providers/common/error_body.h"
#include "gateway/providers/common/event_document.h"
#include "gateway/providers/common/request_edit.h"
#include "gateway/providers/openai/adapter.h"

namespace maester::gateway::openai {

namespace {

class Decoder final : public StreamDecoder {
 public:
  explicit Decoder(bool tolerant) : tolerant_(tolerant) {}
  Result<Outcome> decode(const sse::Event& event, std::vector<StreamEvent>& out) override;
  bool complete() const override {
    if (failed_) return false;
    return done_ || (tolerant_ && !finished_.empty() &&
                     std::find(finished_.begin(), finished_.end(), false) == finished_.end());
  }

 private:
  Status choice(json::Value value, std::vector<StreamEvent>& out);
  bool tolerant_;
  bool started_ = false, done_ = false, failed_ = false;
  providers::EventDocument document_;
  std::vector<bool> finished_;  // by index
};

Status Decoder::choice(json::Value value, std::vector<StreamEvent>& out) {
  const std::int64_t index = value.get("index").int_or(0);
  if (index < 0 || index >= 128) {
    return fail(Code::upstream_error, "The provider's stream numbers its choices wrongly.");
  }
  const auto at = static_cast<std::size_t>(index);
  if (finished_.size() <= at) finished_.resize(at + 1);
  const std::string_view text = value.get("text").string_or("");
  if (!text.empty()) out.push_back(TextDelta{index, text});
  const std::string_view reason = value.get("finish_reason").string_or("");
  if (!reason.empty() && !finished_[at]) {
    finished_[at] = true;
    out.push_back(StreamFinish{index, map_finish(reason), std::string(reason)});
  }
  return {};
}

Result<StreamDecoder::Outcome> Decoder::decode(const sse::Event& event,
                                               std::vector<StreamEvent>& out) {
  Outcome outcome;
  const std::string_view data = providers::trim(event.data);
  if (data.empty() || done_ || failed_) return outcome;
  if (data == "[DONE]") {
    done_ = outcome.terminal = true;
    out.push_back(StreamDone{});
    return outcome;
  }
  failed_ = true;  // until this event was read to its end
  TRY_ASSIGN(const json::Value root, document_.parse(data));
  if (providers::is_error_value(root)) {
    outcome.error = classify_value(200, root);
    return outcome;
  }
  const json::Value choices = root.get("choices");
  if (!started_) {
    started_ = true;
    out.push_back(StreamStart{std::string(root.get("id").string_or("")),
                              std::string(root.get("model").string_or("")),
                              root.get("created").int_or(0)});
  }
  for (const json::Value each : choices) TRY(choice(each, out));
  if (const auto usage = read_usage(root.get("usage"))) {
    out.push_back(StreamUsage{*usage, std::string(root.get("service_tier").string_or(""))});
    outcome.usage_only = choices.size() == 0;
  }
  failed_ = false;
  return outcome;
}

}  // namespace

Result<ProviderRequest> encode_completion(const ChatRequest& request, const EncodeOptions& options,
                                          const Config& config) {
  if (options.source_protocol != Protocol::openai_completions || options.source_body.empty()) {
    return fail(Code::invalid_request,
                "The completions API takes a prompt, not messages: use chat completions.",
                request.messages.empty() ? "prompt" : "messages");
  }
  TRY_ASSIGN(const json::Document doc, providers::parse_source(options.source_body));
  const json::Value root = doc.root();
  json::Edit edit(doc);
  if (const json::Value own = root.get("maester"); own.exists()) edit.remove_member(own);
  if (root.get("model").string_or("") != options.upstream_model) {
    providers::set_member(edit, root, "model", json::quote(options.upstream_model));
  }
  set_stream(edit, root, options.stream);
  if (options.max_tokens) {
    providers::set_member(edit, root, "max_tokens", std::to_string(*options.max_tokens));
  }
  ProviderRequest out;
  out.path = config.endpoint.path("/completions", options.upstream_model);
  out.headers = {{"content-type", "application/json"},
                 {"accept", options.stream ? "text/event-stream" : "application/json"}};
  out.body = edit.apply();
  return out;
}

Result<ChatResponse> decode_completion(std::string_view body) {
  TRY_ASSIGN(const json::Document doc, providers::parse_answer(body));
  const json::Value root = doc.root(), choices = root.get("choices");
  if (!choices.is_array() || choices.size() == 0) {
    return fail(Code::upstream_error, "The provider's answer holds no choices.");
  }
  ChatResponse response;
  response.id = root.get("id").string_or("");
  response.model = root.get("model").string_or("");
  response.created = root.get("created").int_or(0);
  response.service_tier = root.get("service_tier").string_or("");
  std::int64_t position = 0;
  for (const json::Value value : choices) {
    Choice choice;
    choice.index = value.get("index").int_or(position++);
    choice.content = value.get("text").string_or("");
    choice.provider_finish = value.get("finish_reason").string_or("");
    choice.finish = map_finish(choice.provider_finish);
    response.choices.push_back(std::move(choice));
  }
  response.usage = read_usage(root.get("usage"));
  return response;
}

std::unique_ptr<StreamDecoder> make_completion_decoder(const Config& config) {
  return std::make_unique<Decoder>(config.tolerant);
}

}  // namespace maester::gateway::openai
