#include "gateway/pipeline/counting.h"

#include <algorithm>

#include "codec/tokens/tokens.h"

namespace maester::gateway {
namespace {

constexpr std::int64_t kBytesPerTokenGuess = 4;

std::int64_t count_text(std::optional<tokens::Encoding> encoding, std::string_view text) {
  if (encoding) return static_cast<std::int64_t>(tokens::count_tokens(*encoding, text));
  return (static_cast<std::int64_t>(text.size()) + kBytesPerTokenGuess - 1) / kBytesPerTokenGuess;
}

std::int64_t count_input(std::optional<tokens::Encoding> encoding, const ChatRequest& chat) {
  std::int64_t sum = 3;
  for (const Message& message : chat.messages) {
    sum += 4;
    for (const Part& part : message.parts) {
      if (const auto* text = std::get_if<TextPart>(&part)) sum += count_text(encoding, text->text);
      if (const auto* call = std::get_if<ToolCall>(&part))
        sum += count_text(encoding, call->arguments);
    }
  }
  for (const Tool& tool : chat.tools)
    sum += count_text(encoding, tool.description) + count_text(encoding, tool.parameters);
  return sum;
}

std::int64_t count_inputs(std::optional<tokens::Encoding> encoding, const Call& call) {
  std::int64_t sum = 0;
  for (const EmbeddingInput& input : call.embedding.inputs) {
    const auto* text = std::get_if<std::string>(&input);
    sum += text != nullptr
               ? count_text(encoding, *text)
               : static_cast<std::int64_t>(std::get<std::vector<std::int64_t>>(input).size());
  }
  for (const std::string& document : call.rerank.documents) {
    sum += count_text(encoding, call.rerank.query) + count_text(encoding, document);
  }
  return sum;
}

// Only texts are counted as OpenAI does: how it writes tools and looks at images is not published.
bool is_text_alone(const ChatRequest& chat) {
  if (!chat.tools.empty() || chat.response_format) return false;
  return std::all_of(chat.messages.begin(), chat.messages.end(), [](const Message& message) {
    return std::all_of(message.parts.begin(), message.parts.end(),
                       [](const Part& part) { return std::holds_alternative<TextPart>(part); });
  });
}

}  // namespace

InputCount count_input(const ChatRequest& chat, const Target& target) {
  const auto encoding = tokens::encoding_for_model(target.upstream_model);
  const bool exact = encoding && is_text_alone(chat);
  return {count_input(encoding, chat),
          exact ? meter::Provenance::counted : meter::Provenance::estimated};
}

void count_usage(Attempt& attempt, const Call& call) {
  if (attempt.usage) return;
  const ChatRequest& chat = call.chat;
  meter::Usage usage;
  const bool provider_refused = attempt.status >= 400 || !attempt.sent;
  if (provider_refused) {
    usage.provenance = meter::Provenance::provider;
    attempt.usage = usage;
    return;
  }
  const auto encoding = tokens::encoding_for_model(attempt.target->upstream_model);
  usage.provenance = encoding ? meter::Provenance::counted : meter::Provenance::estimated;
  usage.input = call.operation == Operation::chat ? count_input(encoding, chat)
                                                  : count_inputs(encoding, call);
  for (const Choice& choice : attempt.response.choices) {
    usage.output += count_text(encoding, choice.content) + count_text(encoding, choice.refusal);
    usage.reasoning += count_text(encoding, choice.reasoning);
    for (const ToolCall& tool : choice.tool_calls)
      usage.output += count_text(encoding, tool.name) + count_text(encoding, tool.arguments);
  }
  // A provider that was sent a limit keeps to it: a guess above it is wrong.
  if (attempt.max_tokens) {
    const std::int64_t most = *attempt.max_tokens * chat.n.value_or(1);
    usage.reasoning = std::min(usage.reasoning, most);
    usage.output = std::min(usage.output, most - usage.reasoning);
  }
  attempt.usage = usage;
}

}  // namespace maester::gateway
