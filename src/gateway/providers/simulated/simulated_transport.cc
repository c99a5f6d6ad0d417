#include "gateway/providers/simulated/simulated_transport.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/utf8.h"
#include "codec/json.h"
#include "codec/json_writer.h"
#include "codec/sse.h"
#include "gateway/providers/simulated/simulated_inputs.h"

namespace maester::gateway {
namespace {

constexpr std::size_t kPromptCharacters = 120;
constexpr std::size_t kChunkBytes = 24;

std::int64_t count_words(std::string_view text) {
  return static_cast<std::int64_t>(simulated_words(text).size());
}

struct Asked {
  std::string model;
  std::string prompt;
  std::optional<std::int64_t> max_tokens;
  bool stream = false;
  bool include_usage = false;
};

void append_texts(std::string& prompt, json::Value content) {
  const auto append = [&](std::string_view text) {
    if (!prompt.empty()) prompt += '\n';
    prompt += text;
  };
  if (content.is_string()) return append(content.string_or(""));
  for (const json::Value part : content) {
    if (part.get("type").string_or("") == "text") append(part.get("text").string_or(""));
  }
}

Result<Asked> read_request(std::string_view body) {
  TRY_ASSIGN(const json::Document doc, json::Document::parse(body));
  const json::Value root = doc.root();
  Asked asked;
  asked.model = root.get("model").string_or("");
  for (const json::Value message : root.get("messages"))
    append_texts(asked.prompt, message.get("content"));
  for (const std::string_view key : {"max_tokens", "max_completion_tokens"}) {
    if (const json::Value limit = root.get(key); limit.is_number())
      asked.max_tokens = limit.int_or(0);
  }
  asked.stream = root.get("stream").bool_or(false);
  asked.include_usage = root.get("stream_options").get("include_usage").bool_or(false);
  return asked;
}

std::int64_t unix_seconds(const Clock& clock) {
  return std::chrono::floor<std::chrono::seconds>(clock.wall()).time_since_epoch().count();
}

void write_usage(json::Writer& w, const SimulatedAnswer& answer) {
  w.key("usage").begin_object();
  w.field("prompt_tokens", answer.input_tokens).field("completion_tokens", answer.output_tokens);
  w.field("total_tokens", answer.input_tokens + answer.output_tokens).end_object();
}

std::string whole_body(const Asked& asked, const SimulatedAnswer& answer, std::int64_t created) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("id", "chatcmpl-simulated").field("object", "chat.completion");
  w.field("created", created)
      .field("model", asked.model)
      .key("choices")
      .begin_array()
      .begin_object();
  w.field("index", 0).key("message").begin_object().field("role", "assistant");
  w.field("content", answer.content).key("refusal").null().end_object();
  w.field("finish_reason", answer.capped ? "length" : "stop").end_object().end_array();
  write_usage(w, answer);
  w.end_object();
  return out;
}

// The events of a streamed answer, one string each, in wire form.
class ChunkWriter {
 public:
  ChunkWriter(const Asked& asked, std::int64_t created) : asked_(asked), created_(created) {}

  std::vector<std::string> write(const SimulatedAnswer& answer) {
    delta([](json::Writer& w) { w.field("role", "assistant").field("content", ""); }, {});
    for (std::string_view rest = answer.content; !rest.empty();) {
      const std::string_view piece = utf8::truncate(rest, kChunkBytes);
      delta([&](json::Writer& w) { w.field("content", piece); }, {});
      rest.remove_prefix(piece.size());
    }
    delta([](json::Writer&) {}, answer.capped ? "length" : "stop");
    if (asked_.include_usage) usage_chunk(answer);
    events_.push_back("data: [DONE]\n\n");
    return std::move(events_);
  }

 private:
  void head(json::Writer& w) {
    w.begin_object().field("id", "chatcmpl-simulated").field("object", "chat.completion.chunk");
    w.field("created", created_).field("model", asked_.model).key("choices").begin_array();
  }
  void emit(const std::string& json) { sse::append_event(events_.emplace_back(), "", json); }

  template <class F>
  void delta(F fill, std::string_view finish) {
    std::string json;
    json::Writer w(json);
    head(w);
    w.begin_object().field("index", 0).key("delta").begin_object();
    fill(w);
    w.end_object().key("finish_reason");
    finish.empty() ? w.null() : w.value(finish);
    w.end_object().end_array();
    if (asked_.include_usage) w.key("usage").null();
    w.end_object();
    emit(json);
  }
  void usage_chunk(const SimulatedAnswer& answer) {
    std::string json;
    json::Writer w(json);
    head(w);
    w.end_array();
    write_usage(w, answer);
    w.end_object();
    emit(json);
  }

  const Asked& asked_;
  std::int64_t created_;
  std::vector<std::string> events_;
};

class SimulatedResponse final : public wire::ClientResponse {
 public:
  SimulatedResponse(int status, std::string_view content_type, std::vector<std::string> pieces,
                    milliseconds pause, runtime::Wait wait)
      : status_(status), pieces_(std::move(pieces)), pause_(pause), wait_(wait) {
    headers_.add("content-type", std::string(content_type));
  }

  int status() const override { return status_; }
  const wire::Headers& headers() const override { return headers_; }
  void manual_progress(bool) override {}
  void progress() override {}

  runtime::Task<Result<std::string_view>> read() override {
    if (next_ == pieces_.size()) co_return std::string_view{};
    if (next_ > 0 && pause_.count() > 0) {
      runtime::Core& core = *runtime::Core::current();
      const Deadline pause = Deadline::after(core.clock(), pause_).sooner(wait_.deadline);
      auto nap = core.sleep({pause, wait_.stop});
      CO_TRY(co_await std::move(nap));
      if (wait_.deadline.passed(core.now())) {
        co_return fail(Code::deadline_exceeded, "The simulated answer took too long.", "total");
      }
    }
    co_return std::string_view(pieces_[next_++]);
  }

  runtime::Task<Result<std::string>> read_all(std::size_t limit) override {
    std::string all;
    for (;;) {
      auto reading = read();
      CO_TRY_ASSIGN(const std::string_view piece, co_await std::move(reading));
      if (piece.empty()) co_return all;
      if (all.size() + piece.size() > limit)
        co_return fail(Code::too_large, "The answer is too large.");
      all += piece;
    }
  }

 private:
  int status_;
  wire::Headers headers_;
  std::vector<std::string> pieces_;
  std::size_t next_ = 0;
  milliseconds pause_;
  runtime::Wait wait_;
};

}  // namespace

SimulatedAnswer simulate(std::string_view flavor, std::string_view model, std::string_view prompt,
                         std::optional<std::int64_t> max_tokens) {
  SimulatedAnswer answer;
  answer.content.append("[").append(flavor).append(":").append(model);
  answer.content.append("] Generated response for prompt: ")
      .append(utf8::prefix(prompt, kPromptCharacters));
  answer.input_tokens = std::max<std::int64_t>(1, 2 * count_words(prompt));
  const std::int64_t wanted = std::max<std::int64_t>(20, 2 * count_words(answer.content));
  answer.output_tokens = max_tokens ? std::min(*max_tokens, wanted) : wanted;
  answer.capped = answer.output_tokens < wanted;
  return answer;
}

bool SimulatedTransport::fails_now() {
  if (config_.fail_percent <= 0) return false;
  const std::uint64_t n = asked_.fetch_add(1, std::memory_order_relaxed);
  const auto percent = static_cast<std::uint64_t>(config_.fail_percent);
  return (n + 1) * percent / 100 != n * percent / 100;
}

runtime::Task<Result<std::unique_ptr<wire::ClientResponse>>> SimulatedTransport::send(
    const wire::Origin&, wire::ClientRequest request, wire::ClientTimeouts timeouts,
    runtime::Wait wait) {
  runtime::Core& core = *runtime::Core::current();
  if (config_.latency.count() > 0) {
    const Deadline answer_at = Deadline::after(core.clock(), config_.latency);
    const Deadline patience = Deadline::after(core.clock(), timeouts.first_byte);
    auto nap = core.sleep({answer_at.sooner(patience).sooner(wait.deadline), wait.stop});
    CO_TRY(co_await std::move(nap));
    if (wait.deadline.passed(core.now())) {
      co_return fail(Code::deadline_exceeded, "The simulated model did not answer in time.",
                     "total");
    }
    if (patience < answer_at) {
      co_return fail(Code::deadline_exceeded, "The simulated model did not answer in time.",
                     "first_byte");
    }
  }
  std::vector<std::string> pieces;
  if (fails_now()) {
    pieces.push_back(
        R"({"error":{"message":"Simulated failure.","type":"server_error","param":null,"code":null}})");
    co_return std::make_unique<SimulatedResponse>(config_.fail_status, "application/json",
                                                  std::move(pieces), milliseconds{0}, wait);
  }
  if (auto inputs = answer_inputs(request.path, request.body)) {
    CO_TRY(*inputs);
    pieces.push_back(std::move(**inputs));
    co_return std::make_unique<SimulatedResponse>(200, "application/json", std::move(pieces),
                                                  milliseconds{0}, wait);
  }
  CO_TRY_ASSIGN(const Asked asked, read_request(request.body));
  const SimulatedAnswer answer =
      simulate(config_.flavor, asked.model, asked.prompt, asked.max_tokens);
  if (!asked.stream) {
    pieces.push_back(whole_body(asked, answer, unix_seconds(clock_)));
    co_return std::make_unique<SimulatedResponse>(200, "application/json", std::move(pieces),
                                                  milliseconds{0}, wait);
  }
  pieces = ChunkWriter(asked, unix_seconds(clock_)).write(answer);
  co_return std::make_unique<SimulatedResponse>(200, "text/event-stream", std::move(pieces),
                                                config_.chunk_latency, wait);
}

}  // namespace maester::gateway
