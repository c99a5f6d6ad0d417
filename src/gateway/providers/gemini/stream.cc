#include <algorithm>
#include <utility>

#include "gateway/providers/common/error_body.h"
#include "gateway/providers/common/event_document.h"
#include "gateway/providers/gemini/adapter.h"

namespace maester::gateway::gemini {

namespace {

constexpr std::size_t kMaxCandidates = 128, kMaxCalls = 1024;

// The stream has no end marker: it is whole once every candidate that began has a finish reason.
class Decoder final : public StreamDecoder {
 public:
  Result<Outcome> decode(const sse::Event& event, std::vector<StreamEvent>& out) override;
  bool complete() const override { return done_ && !failed_; }

 private:
  struct Candidate {
    std::int64_t index = 0;
    std::size_t calls = 0;
    bool finished = false;
    // A call whose arguments come piece by piece.
    std::unique_ptr<PartialArguments> open;
  };
  Candidate* candidate_of(std::int64_t index);
  Status read(json::Value value, std::int64_t position, std::vector<StreamEvent>& out);
  Status part(Candidate& candidate, json::Value part, std::vector<StreamEvent>& out);
  Status call(Candidate& candidate, json::Value part, std::vector<StreamEvent>& out);
  void close(Candidate& candidate, std::vector<StreamEvent>& out);
  std::string_view keep(std::string text);

  providers::EventDocument document_;
  std::vector<Candidate> candidates_;
  std::vector<std::unique_ptr<std::string>> kept_;  // what `out` points to beside the event
  std::string id_;
  bool started_ = false, done_ = false, failed_ = false, grounded_ = false;
};

Decoder::Candidate* Decoder::candidate_of(std::int64_t index) {
  for (Candidate& candidate : candidates_) {
    if (candidate.index == index) return &candidate;
  }
  if (index < 0 || candidates_.size() >= kMaxCandidates) return nullptr;
  candidates_.push_back(Candidate{index, 0, false, nullptr});
  return &candidates_.back();
}

std::string_view Decoder::keep(std::string text) {
  return *kept_.emplace_back(std::make_unique<std::string>(std::move(text)));
}

void Decoder::close(Candidate& candidate, std::vector<StreamEvent>& out) {
  if (!candidate.open) return;
  const auto number = static_cast<std::int64_t>(candidate.calls - 1);
  out.push_back(ToolCallDelta{candidate.index, number, {}, {}, keep(candidate.open->json())});
  candidate.open.reset();
}

Status Decoder::call(Candidate& candidate, json::Value part, std::vector<StreamEvent>& out) {
  const json::Value call = part.get("functionCall");
  const std::string_view name = call.get("name").string_or("");
  if (!name.empty()) {
    close(candidate, out);
    if (candidate.calls >= kMaxCalls) {
      return fail(Code::upstream_error,
                  "The provider's stream holds more tool calls than allowed.");
    }
    const auto number = static_cast<std::int64_t>(candidate.calls++);
    ToolCallDelta delta{candidate.index, number, {}, name, {}};
    delta.id = keep(call_id(call, id_, static_cast<std::size_t>(number)));
    delta.signature = part.get("thoughtSignature").string_or("");
    if (!call.get("willContinue").bool_or(false) && call.get("partialArgs").size() == 0) {
      const json::Value args = call.get("args");
      delta.arguments = args.is_object() ? args.raw() : std::string_view("{}");
      out.push_back(delta);
      return {};
    }
    out.push_back(delta);
    candidate.open = std::make_unique<PartialArguments>();
  }
  if (!candidate.open) return {};  // goes on with a call that never began
  for (const json::Value piece : call.get("partialArgs")) TRY(candidate.open->add(piece));
  if (!call.get("willContinue").bool_or(false)) close(candidate, out);
  return {};
}

Status Decoder::part(Candidate& candidate, json::Value value, std::vector<StreamEvent>& out) {
  TRY(check_part(value));
  if (value.get("functionCall").is_object()) return call(candidate, value, out);
  const std::string_view text = value.get("text").string_or("");
  if (text.empty()) return {};
  if (value.get("thought").bool_or(false))
    out.push_back(ReasoningDelta{candidate.index, text});
  else
    out.push_back(TextDelta{candidate.index, text});
  return {};
}

Status Decoder::read(json::Value value, std::int64_t position, std::vector<StreamEvent>& out) {
  Candidate* candidate = candidate_of(value.get("index").int_or(position));
  if (candidate == nullptr) {
    return fail(Code::upstream_error, "The provider's stream numbers its candidates wrongly.");
  }
  for (const json::Value each : value.get("content").get("parts")) {
    TRY(part(*candidate, each, out));
  }
  grounded_ |= is_grounded(value);
  for (Citation& citation : read_grounding(value.get("groundingMetadata"))) {
    out.push_back(CitationDelta{candidate->index, std::move(citation)});
  }
  const std::string_view reason = value.get("finishReason").string_or("");
  const FinishReason mapped = map_finish(reason, candidate->calls > 0);
  if (mapped == FinishReason::none || candidate->finished) return {};
  close(*candidate, out);
  candidate->finished = true;
  out.push_back(StreamFinish{candidate->index, mapped, std::string(reason)});
  return {};
}

Result<StreamDecoder::Outcome> Decoder::decode(const sse::Event& event,
                                               std::vector<StreamEvent>& out) {
  Outcome outcome;
  kept_.clear();
  const std::string_view data = providers::trim(event.data);
  if (data.empty() || failed_) return outcome;
  failed_ = true;  // until this event was read to its end
  TRY_ASSIGN(const json::Value root, document_.parse(data));
  if (providers::is_error_value(root)) {
    outcome.error = providers::make_provider_error(200, {}, providers::read_error_value(root));
    return outcome;
  }
  if (!started_) {
    started_ = true;
    id_ = root.get("responseId").string_or("");
    out.push_back(StreamStart{id_, std::string(root.get("modelVersion").string_or("")), 0});
  }
  std::int64_t position = 0;
  for (const json::Value each : root.get("candidates")) TRY(read(each, position++, out));
  const std::string_view blocked = block_reason(root);
  if (!blocked.empty() && candidates_.empty()) {
    candidates_.push_back(Candidate{0, 0, true, nullptr});
    out.push_back(StreamFinish{0, FinishReason::content_filter, std::string(blocked)});
  }
  const json::Value counts = root.get("usageMetadata");
  if (const auto usage = read_usage(counts, grounded_)) {
    out.push_back(StreamUsage{*usage, std::string(counts.get("serviceTier").string_or(""))});
  }
  const bool whole =
      !candidates_.empty() && std::all_of(candidates_.begin(), candidates_.end(),
                                          [](const Candidate& one) { return one.finished; });
  if (whole && !done_) out.push_back(StreamDone{});
  done_ = whole;
  failed_ = false;
  return outcome;
}

}  // namespace

std::unique_ptr<StreamDecoder> make_stream_decoder() {
  return std::make_unique<Decoder>();
}

}  // namespace maester::gateway::gemini
