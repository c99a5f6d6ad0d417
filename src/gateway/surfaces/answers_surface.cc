#include "gateway/surfaces/answers_surface.h"

#include <array>

#include "codec/json_object.h"
#include "codec/json_writer.h"
#include "codec/sse.h"
#include "gateway/evidence/evidence.h"
#include "gateway/pipeline/call.h"
#include "gateway/pipeline/knowledge.h"
#include "gateway/pipeline/receipt.h"
#include "gateway/surfaces/chat_common.h"
#include "gateway/surfaces/extension.h"

namespace maester::gateway {
namespace {

constexpr std::size_t kMaxQuestion = 8u << 10;
constexpr std::int64_t kMaxTopK = 50;
constexpr std::int64_t kDefaultMaxTokens = 1'000;

std::string_view content_of(const Call& call) {
  const auto& choices = call.attempt()->response.choices;
  return choices.empty() ? std::string_view{} : std::string_view(choices.front().content);
}

// What an answer ends with, in an object that is open.
void write_tail(json::Writer& w, const Call& call) {
  w.field("decision", to_string(call.decision));
  w.field("index_version", call.evidence->index_version);
  const Target& target = *call.attempt()->target;
  w.key("provider");
  call.evidence->missing ? w.null() : w.value(target.provider->config.name);
  w.key("model");
  call.evidence->missing ? w.null() : w.value(target.model);
  w.field("trace_id", call.trace->id().to_string()).field("cache", to_string(call.cache.state));
  if (!call.evidence->degraded.empty()) {
    w.key("degraded").begin_array();
    for (const std::string& part : call.evidence->degraded) w.value(part);
    w.end_array();
  }
  w.key("cost");
  write_cost(w, call, false);
}

class AnswerStreamWriter final : public StreamWriter {
 public:
  explicit AnswerStreamWriter(const Call& call)
      : grounder_(call.evidence != nullptr && !call.evidence->missing
                      ? std::make_unique<Grounder>(*call.evidence)
                      : nullptr),
        evidence_(call.evidence) {}

  void append_events(std::string& out, const std::vector<StreamEvent>& events) override {
    for (const StreamEvent& event : events) {
      const auto* delta = std::get_if<TextDelta>(&event);
      if (delta == nullptr || delta->choice != 0 || delta->text.empty()) continue;
      std::string data;
      json::Writer(data).begin_object().field("text", delta->text).end_object();
      sse::append_event(out, "delta", data);
      answer_ += delta->text;
    }
    tell(out, false);
  }

  void append_end(std::string& out, const Call& call) override {
    // What is delivered in the place of an answer rests on nothing and claims nothing.
    if (call.decision == Decision::answer || call.decision == Decision::repaired ||
        call.decision == Decision::fallback)
      tell(out, true);
    std::string data;
    json::Writer w(data);
    w.begin_object().field("request_id", call.id_text).key("grounding");
    w.begin_object();
    w.field("status", to_string(call.judgement ? call.judgement->status : Grounding::ungrounded));
    w.end_object();
    write_tail(w, call);
    w.end_object();
    sse::append_event(out, "receipt", data);
  }

  void append_error(std::string& out, const Call& call, const Error& error) override {
    std::string data;
    json::Writer(data)
        .begin_object()
        .field("code", to_string(error.code))
        .field("message", error.message)
        .field("request_id", call.id_text)
        .end_object();
    sse::append_event(out, "error", data);
  }

 private:
  // The sentences that are over and were not told.
  void tell(std::string& out, bool whole) {
    if (grounder_ == nullptr) return;
    const auto sentences = sentences_of(answer_, whole);
    for (; told_ < sentences.size(); ++told_) {
      const auto [start, end] = sentences[told_];
      const Sentence sentence = grounder_->judge(answer_, start, end);
      for (const Cited& cited : sentence.citations) {
        std::string data;
        json::Writer w(data);
        write_cited(w, cited);
        sse::append_event(out, "citation", data);
      }
      std::string data;
      json::Writer w(data);
      w.begin_object().key("sentence");
      write_sentence(w, sentence, answer_);
      w.end_object();
      sse::append_event(out, "grounding", data);
    }
  }

  std::unique_ptr<Grounder> grounder_;
  EvidencePtr evidence_;
  std::string answer_;
  std::size_t told_ = 0;
};

Result<std::size_t> read_top_k(json::Value value) {
  if (value.empty()) return std::size_t{8};
  TRY_ASSIGN(const std::int64_t n, value.as_int());
  if (n < 1 || n > kMaxTopK) {
    return fail(Code::invalid_request, "`" + value.path() + "` must be from 1 to 50.",
                value.path());
  }
  return static_cast<std::size_t>(n);
}

Status read_version(json::Value value, KnowledgeAsk& out) {
  if (value.empty()) return {};
  TRY_ASSIGN(out.index_version, read_index_version(value));
  return {};
}

}  // namespace

Result<KnowledgeAsk> read_knowledge(json::Value knowledge) {
  static constexpr std::array<std::string_view, 5> kKnown{"collection", "index_version", "top_k",
                                                          "require_citations", "filters"};
  TRY(json::only_known(knowledge, kKnown));
  KnowledgeAsk out;
  TRY_ASSIGN(out.collection, knowledge.get("collection").as_string());
  TRY(read_version(knowledge.get("index_version"), out));
  TRY_ASSIGN(out.top_k, read_top_k(knowledge.get("top_k")));
  if (const json::Value cite = knowledge.get("require_citations"); !cite.empty()) {
    TRY_ASSIGN(out.require_citations, cite.as_bool());
  }
  if (const json::Value filters = knowledge.get("filters"); !filters.empty())
    out.filters = filters.raw();
  return out;
}

Status AnswersSurface::read(Call& call) const {
  TRY_ASSIGN(call.document, json::Document::parse(call.body));
  const json::Value body = call.document->root();
  static constexpr std::array<std::string_view, 11> kKnown{
      "question",          "model",      "top_k",   "stream",      "user",         "filters",
      "require_citations", "max_tokens", "maester", "temperature", "index_version"};
  TRY(json::only_known(body, kKnown));
  TRY_ASSIGN(const std::string_view question, body.get("question").as_string());
  if (question.empty() || question.size() > kMaxQuestion)
    return fail(Code::invalid_request, "`question` must have 1 to 8,192 bytes.", "question");
  Message& message = call.chat.messages.emplace_back();
  message.parts.emplace_back(TextPart{std::string(question), {}});
  if (const json::Value model = body.get("model"); !model.empty()) {
    TRY_ASSIGN(call.chat.model, model.as_string());
  }
  call.chat.max_tokens = kDefaultMaxTokens;
  if (const json::Value most = body.get("max_tokens"); !most.empty()) {
    TRY_ASSIGN(call.chat.max_tokens, most.as_int());
    if (*call.chat.max_tokens < 1)
      return fail(Code::invalid_request, "`max_tokens` must be positive.", "max_tokens");
  }
  if (const json::Value temperature = body.get("temperature"); !temperature.empty()) {
    TRY_ASSIGN(call.chat.temperature, temperature.as_number_text());
  }
  if (const json::Value stream = body.get("stream"); !stream.empty()) {
    TRY_ASSIGN(call.chat.stream, stream.as_bool());
  }
  TRY(read_extension(body.get("maester"), call.options));
  // {id, groups} as in `maester`, or a name alone.
  if (const json::Value user = body.get("user"); user.is_string()) {
    call.options.user = user.string_or("");
  } else if (!user.empty()) {
    std::string wrapped;
    json::Writer(wrapped).begin_object().raw_field("user", user.raw()).end_object();
    TRY_ASSIGN(const json::Document document, json::Document::parse(wrapped));
    const bool asked = call.options.asked;
    TRY(read_extension(document.root(), call.options));
    call.options.asked = asked;
  }
  KnowledgeAsk ask;
  ask.collection = collection_;
  TRY(read_version(body.get("index_version"), ask));
  TRY_ASSIGN(ask.top_k, read_top_k(body.get("top_k")));
  if (const json::Value cite = body.get("require_citations"); !cite.empty()) {
    TRY_ASSIGN(ask.require_citations, cite.as_bool());
  }
  if (const json::Value filters = body.get("filters"); !filters.empty())
    ask.filters = filters.raw();
  call.options.knowledge = std::move(ask);
  return {};
}

std::int64_t AnswersSurface::estimate_input_tokens(const Call& call) const {
  return bound_chat_input(call);
}

Error AnswersSurface::budget_refusal(const Call& call) const {
  return request_budget_refusal(call);
}

std::string AnswersSurface::write_answer(const Call& call) const {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("request_id", call.id_text).field("answer", content_of(call));
  write_citations(w, call);
  write_grounding(w, call);
  write_tail(w, call);
  if (call.options.asked) w.raw_field("maester", maester_json(call));
  w.end_object();
  return out;
}

std::unique_ptr<StreamWriter> AnswersSurface::stream_writer(const Call& call) const {
  return std::make_unique<AnswerStreamWriter>(call);
}

}  // namespace maester::gateway
