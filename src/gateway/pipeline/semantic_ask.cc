#include "gateway/pipeline/semantic_ask.h"

#include <cmath>
#include <utility>

#include "gateway/pipeline/cache_plan.h"
#include "gateway/pipeline/pipeline.h"
#include "gateway/surfaces/question_surface.h"
#include "retrieval/hash_embedder.h"

namespace maester::gateway {
namespace {

constexpr std::size_t kLongestQuestion = 8u << 10;
constexpr milliseconds kPatience{2000};

bool is_plain(const Message& message) {
  for (const Part& part : message.parts) {
    if (!std::holds_alternative<TextPart>(part)) return false;
  }
  return message.role == Role::user;
}

// The last message's text; "" when the request is only ever equal to itself.
std::string question_of(const Call& call) {
  const ChatRequest& chat = call.chat;
  if (!chat.tools.empty() || !call.document || chat.messages.empty()) return {};
  if (!is_plain(chat.messages.back())) return {};
  const json::Value messages = call.document->root().get("messages");
  if (!messages.is_array() || messages.size() == 0) return {};
  std::string text;
  for (const Part& part : chat.messages.back().parts) text += std::get<TextPart>(part).text + "\n";
  return text.size() > kLongestQuestion ? std::string() : text;
}

// Of unit length; empty for a vector without a direction.
std::vector<float> unit(std::vector<float> vector) {
  double sum = 0;
  for (const float x : vector) sum += double{x} * double{x};
  if (!(sum > 0)) return {};
  for (float& x : vector) x = static_cast<float>(double{x} / std::sqrt(sum));
  return vector;
}

struct Embedded {
  std::vector<float> vector;
  std::string space;  // whose vectors may be compared with it
};

runtime::Task<Result<Embedded>> embed(const Call& call, const CachePlan& plan,
                                      const std::string& text, const Services& services) {
  QuestionSurface surface(plan.embedding_model, text, kPatience);
  Call own;
  own.surface = &surface;
  own.principal = call.principal;
  own.principal.terms = nullptr;  // the operator chose the model, not the caller
  own.received = services.clock.mono();
  own.received_wall = services.clock.wall();
  own.gone = call.gone;
  own.endpoint = "cache";
  own.purpose = "cache";
  own.judges_for = call.id_text;  // its text was guarded with the request's
  const Pipeline pipeline(services);
  auto running = pipeline.run(own);
  CO_TRY(co_await std::move(running));
  const auto& vectors = own.attempt()->vectors.vectors;
  Embedded out;
  if (vectors.size() == 1) out.vector = unit(vectors.front());
  if (out.vector.empty()) co_return fail(Code::upstream_error, "The model gave no vector.");
  out.space = targets_of(own);
  co_return out;
}

}  // namespace

runtime::Task<std::unique_ptr<SemanticAsk>> semantic_ask(Call& call, const CachePlan& plan,
                                                         const Services& services) {
  const std::string text = question_of(call);
  if (text.empty()) co_return nullptr;
  Embedded embedded;
  if (plan.embedding_model.empty()) {
    embedded = {retrieval::hash_embedding(text), std::string(retrieval::kHashEmbedderVersion)};
  } else {
    auto embedding = embed(call, plan, text, services);
    Result<Embedded> made = co_await std::move(embedding);
    if (!made) {
      services.log.event(obs::Level::warn, "cache_question_not_embedded")
          .field("request_id", call.id_text)
          .field("model", plan.embedding_model)
          .field("error", to_string(made.error().code));
      co_return nullptr;
    }
    embedded = std::move(*made);
  }
  auto ask = std::make_unique<SemanticAsk>();
  ask->group = cache_group(call, call.document->root().get("messages"), embedded.space);
  ask->question = {std::move(embedded.vector), numbers_of(text)};
  co_return ask;
}

}  // namespace maester::gateway
