#include "gateway/pipeline/counting.h"

#include <algorithm>

#include "codec/tokens/tokens.h"
#include "gateway/pipeline/components.h"

namespace maester::gateway {
namespace {

constexpr std::int64_t kBytesPerTokenGuess = 4;
constexpr std::int64_t kOverheadPerMessage = 16;

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

std::int64_t input_bytes(const ChatRequest& chat) {
  std::int64_t sum = 0;
  for (const Message& message : chat.messages) {
    sum += kOverheadPerMessage;
    for (const Part& part : message.parts) {
      if (const auto* text = std::get_if<TextPart>(&part))
        sum += static_cast<std::int64_t>(text->text.size());
      if (const auto* image = std::get_if<ImagePart>(&part))
        sum += static_cast<std::int64_t>(image->data.size() + image->url.size());
    }
  }
  return sum;
}

}  // namespace

void count_usage(Attempt& attempt, const ChatRequest& chat) {
  if (attempt.usage) return;
  meter::Usage usage;
  const bool provider_refused = attempt.status >= 400 || !attempt.sent;
  if (provider_refused) {
    usage.provenance = meter::Provenance::provider;
    attempt.usage = usage;
    return;
  }
  const auto encoding = tokens::encoding_for_model(attempt.target->upstream_model);
  usage.provenance = encoding ? meter::Provenance::counted : meter::Provenance::estimated;
  usage.input = count_input(encoding, chat);
  for (const Choice& choice : attempt.response.choices) {
    usage.output += count_text(encoding, choice.content) + count_text(encoding, choice.refusal);
    usage.reasoning += count_text(encoding, choice.reasoning);
    for (const ToolCall& call : choice.tool_calls)
      usage.output += count_text(encoding, call.name) + count_text(encoding, call.arguments);
  }
  attempt.usage = usage;
}

std::optional<FemtoUsd> worst_case(const Call& call, const Target& target) {
  if (!target.price) return std::nullopt;
  const std::int64_t fallback = call.snapshot->config().limits.default_max_tokens;
  const std::int64_t output =
      call.chat.max_tokens.value_or(target.max_output_tokens.value_or(fallback)) *
      call.chat.n.value_or(1);
  const std::int64_t input = std::max(
      input_bytes(call.chat), call.pass_through ? static_cast<std::int64_t>(call.body.size()) : 0);
  meter::ReserveOptions options;
  options.cache_write_5m = options.cache_write_1h = false;
  options.audio = options.images = false;
  options.region = target.provider->region;
  auto bound = meter::reserve_bound(*target.price, input, output, options);
  if (bound) *bound += components_bound(call, target);
  return bound;
}

}  // namespace maester::gateway
