#include "gateway/pipeline/semantic_ask.h"

#include "gateway/pipeline/cache_plan.h"
#include "retrieval/hash_embedder.h"

namespace maester::gateway {
namespace {

constexpr std::size_t kLongestQuestion = 8u << 10;

bool is_plain(const Message& message) {
  for (const Part& part : message.parts) {
    if (!std::holds_alternative<TextPart>(part)) return false;
  }
  return message.role == Role::user;
}

}  // namespace

std::unique_ptr<SemanticAsk> semantic_ask(const Call& call) {
  const ChatRequest& chat = call.chat;
  if (!chat.tools.empty() || !call.document || chat.messages.empty()) return nullptr;
  if (!is_plain(chat.messages.back())) return nullptr;
  const json::Value messages = call.document->root().get("messages");
  if (!messages.is_array() || messages.size() == 0) return nullptr;
  std::string text;
  for (const Part& part : chat.messages.back().parts) text += std::get<TextPart>(part).text + "\n";
  if (text.size() > kLongestQuestion) return nullptr;
  auto ask = std::make_unique<SemanticAsk>();
  ask->group = cache_group(call, messages);
  ask->question = {retrieval::hash_embedding(text), numbers_of(text)};
  return ask;
}

}  // namespace maester::gateway
