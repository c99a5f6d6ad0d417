#include "evals/graders.h"

#include <cmath>

#include "base/hash.h"
#include "codec/json_writer.h"
#include "evals/model_provider.h"

namespace maester::evals {
namespace {

constexpr std::size_t kShownReply = 300;

std::unexpected<Error> nonsense(std::string_view what, std::string_view text) {
  return fail(Code::unprocessable,
              "the grader " + std::string(what) + ": " + std::string(text.substr(0, kShownReply)));
}

// The name after a known prefix, else the id itself: graders may be named plainly.
std::string name_of(const std::string& id, const std::string& fallback) {
  const std::string& chosen = id.empty() ? fallback : id;
  const std::string model = model_of(chosen);
  return model.empty() ? chosen : model;
}

ModelReply answered(const std::string& body) {
  ModelReply out;
  out.status = 200;
  out.body = body;
  return out;
}

Result<std::vector<Graders::Vector>> read_vectors(const ModelReply& reply, std::size_t wanted) {
  const auto document = json::Document::parse(reply.body);
  if (!document) return nonsense("gave no JSON for embeddings", reply.body);
  std::vector<Graders::Vector> out(wanted);
  for (const json::Value one : document->root().get("data")) {
    const std::int64_t index = one.get("index").int_or(-1);
    if (index < 0 || static_cast<std::size_t>(index) >= wanted)
      return nonsense("numbered its vectors wrongly", reply.body);
    Graders::Vector& vector = out[static_cast<std::size_t>(index)];
    for (const json::Value number : one.get("embedding")) {
      TRY_ASSIGN(const double value, number.as_double());
      vector.push_back(value);
    }
  }
  for (const Graders::Vector& one : out) {
    if (one.empty() || one.size() != out.front().size())
      return nonsense("gave vectors that are missing or of several lengths", reply.body);
  }
  return out;
}

}  // namespace

void GradeSpend::add(const GradeSpend& other) {
  asked += other.asked;
  from_cache += other.from_cache;
  unpriced += other.unpriced;
  prompt_tokens += other.prompt_tokens;
  completion_tokens += other.completion_tokens;
  cost = cost + other.cost;
}

Graders::Graders(ModelPort& port, GraderDefaults defaults, GradeCache* cache)
    : port_(port), defaults_(std::move(defaults)), cache_(cache) {}

Status Graders::exchange(const std::string& path, const std::string& body, std::size_t sample,
                         const std::function<Status(const std::string& body)>& read,
                         GradeSpend& spend) {
  GradeSpend one;
  const std::string key = sha256_hex(path + "\n" + std::to_string(sample) + "\n" + body);
  if (cache_ != nullptr) {
    // A kept reply that can no longer be read is asked for again.
    if (const auto kept = cache_->find(key); kept && read(*kept)) {
      one.from_cache = 1;
      count(one, spend);
      return {};
    }
  }
  one.asked = 1;
  const auto reply = port_.send({.path = path, .body = body, .purpose = "grade"});
  if (!reply) {
    count(one, spend);
    return fail(reply.error());
  }
  const Answer told = read_chat(*reply);  // usage and cost stand alike in all answers
  one.prompt_tokens = told.prompt_tokens;
  one.completion_tokens = told.completion_tokens;
  one.cost = told.cost.value_or(FemtoUsd{});
  one.unpriced = told.cost ? 0 : 1;
  count(one, spend);
  if (!told.error.empty()) return fail(Code::upstream_error, "the grader: " + told.error);
  TRY(read(reply->body));
  if (cache_ != nullptr) cache_->keep(key, reply->body);
  return {};
}

void Graders::count(const GradeSpend& one, GradeSpend& spend) {
  spend.add(one);
  const std::lock_guard lock(mutex_);
  spent_.add(one);
}

Result<Value> Graders::ask(const GraderModel& model, const Value& messages, const Reader& read,
                           GradeSpend& spend, std::size_t sample) {
  Value config = model.config.is_object() ? model.config : Value::object();
  // The same answer to the same question, unless several answers are wanted.
  if (!config.get("temperature").exists() && sample == 0) config.set("temperature", Value::of(0.0));
  const std::string body =
      chat_body(name_of(model.id, defaults_.text), messages.json(), config, false);
  Value out;
  TRY(exchange(
      "/v1/chat/completions", body, sample,
      [&](const std::string& reply) -> Status {
        const Answer answer = read_chat(answered(reply));
        if (!answer.error.empty()) return fail(Code::upstream_error, answer.error);
        if (!answer.output.is_string() || answer.output.string().empty())
          return nonsense("gave no text", reply);
        if (answer.finish_reason == "length" || answer.finish_reason == "content_filter")
          return nonsense("was cut short (" + answer.finish_reason + ")", answer.output.string());
        TRY_ASSIGN(out, read(answer.output.string()));
        return {};
      },
      spend));
  return out;
}

Result<std::vector<Graders::Vector>> Graders::embed(const GraderModel& model,
                                                    const std::vector<std::string>& texts,
                                                    GradeSpend& spend) {
  const std::string name = name_of(model.id, defaults_.embedding);
  if (name.empty()) {
    return fail(Code::invalid_request,
                "no model for embeddings: name one, `provider: {embedding: maester:MODEL}` in the "
                "assertion or in defaultTest.options, or --embedder MODEL");
  }
  std::string body;
  json::Writer w(body);
  w.begin_object().field("model", name);
  for (const Member& one : model.config.members()) {
    if (one.key == "model" || one.key == "input") continue;
    w.key(std::string_view(one.key));
    one.value.append_json(w);
  }
  w.key("input").begin_array();
  for (const std::string& text : texts) w.value(text);
  w.end_array();
  if (!model.config.get("maester").exists()) w.key("maester").begin_object().end_object();
  w.end_object();
  std::vector<Vector> out;
  TRY(exchange(
      "/v1/embeddings", body, 0,
      [&](const std::string& reply) -> Status {
        TRY_ASSIGN(out, read_vectors(answered(reply), texts.size()));
        return {};
      },
      spend));
  return out;
}

Result<Value> Graders::prompt(const std::string& kind) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = prompts_.find(kind); found != prompts_.end()) return found->second;
  }
  TRY_ASSIGN(Value found, port_.prompt("maester.graders." + kind));
  const std::lock_guard lock(mutex_);
  return prompts_.emplace(kind, std::move(found)).first->second;
}

GradeSpend Graders::spent() const {
  const std::lock_guard lock(mutex_);
  return spent_;
}

}  // namespace maester::evals
