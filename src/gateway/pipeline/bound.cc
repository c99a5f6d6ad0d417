#include "gateway/pipeline/bound.h"

#include <algorithm>

#include "codec/tokens/tokens.h"
#include "gateway/pipeline/components.h"

namespace maester::gateway {
namespace {

constexpr std::int64_t kPerMessage = 16;  // roles, names' framing, the answer's priming
// The dearest image: gpt-4o-mini's 85 + 170 a tile, times 33.3, at 8 tiles; others stay below 8192.
constexpr std::int64_t kImageTokens = 8'192;
constexpr std::int64_t kMiniImageTokens = 48'169;
constexpr std::int64_t kMaxSearches = 16;
// Beyond that counting takes too long for a core's thread; the bytes are a bound all the same.
constexpr std::size_t kMaxCountedBytes = 64u << 10;

struct Seen {
  std::int64_t tokens = 0;
  bool image = false, audio = false, cache_write = false;
  bool elsewhere = false;  // content that the request only refers to
};

std::optional<tokens::Encoding> known_tokenizer(const Call& call, const Target& target) {
  const ProviderRuntime& provider = *target.provider;
  if (provider.config.kind != ProviderKind::openai) return std::nullopt;
  if (provider.origin.host != "api.openai.com") return std::nullopt;
  if (call.body.size() > kMaxCountedBytes) return std::nullopt;
  return tokens::encoding_for_model(target.upstream_model);
}

std::int64_t size_of(std::string_view text) {
  return static_cast<std::int64_t>(text.size());
}

void add_part(Seen& seen, const Part& part, std::optional<tokens::Encoding> encoding,
              std::string_view model) {
  if (const auto* text = std::get_if<TextPart>(&part)) {
    seen.tokens += encoding ? static_cast<std::int64_t>(tokens::count_tokens(*encoding, text->text))
                            : size_of(text->text);
    seen.cache_write = seen.cache_write || !text->cache_control.empty();
  } else if (std::holds_alternative<ImagePart>(part)) {
    seen.tokens += model.find("4o-mini") != model.npos ? kMiniImageTokens : kImageTokens;
    seen.image = true;
  } else if (const auto* tool = std::get_if<ToolCall>(&part)) {
    seen.tokens += size_of(tool->id) + size_of(tool->name) + size_of(tool->arguments) + kPerMessage;
  } else if (const auto* thinking = std::get_if<ThinkingPart>(&part)) {
    seen.tokens +=
        size_of(thinking->text) + size_of(thinking->signature) + size_of(thinking->redacted_data);
  } else if (const auto* refusal = std::get_if<RefusalPart>(&part)) {
    seen.tokens += size_of(refusal->text);
  } else if (const auto* audio = std::get_if<AudioPart>(&part)) {
    seen.tokens += size_of(audio->data);  // its base64 is longer than its tokens
    seen.audio = true;
  } else if (const auto* document = std::get_if<DocumentPart>(&part)) {
    seen.tokens += size_of(document->data) + size_of(document->text) + size_of(document->title) +
                   size_of(document->context);
    // A page of a PDF is also looked at, as an image: its tokens do not follow from its bytes.
    seen.elsewhere = seen.elsewhere || document->text.empty();
  } else if (const auto* opaque = std::get_if<OpaquePart>(&part)) {
    seen.tokens += size_of(opaque->json);
    const bool call = opaque->type == "function_call" || opaque->type == "custom";
    seen.elsewhere = seen.elsewhere || !call;
  }
}

Seen look_at(const Call& call, const Target& target) {
  const ChatRequest& chat = call.chat;
  const auto encoding = known_tokenizer(call, target);
  Seen seen;
  for (const Message& message : chat.messages) {
    seen.tokens += kPerMessage + size_of(message.name) + size_of(message.tool_call_id);
    for (const Part& part : message.parts) add_part(seen, part, encoding, target.upstream_model);
  }
  // Providers put tools and schemas into the prompt in forms of their own, with an introduction.
  constexpr std::int64_t kIntroduction = 1'024;
  if (!chat.tools.empty()) seen.tokens += kIntroduction;
  for (const Tool& tool : chat.tools) {
    seen.tokens += size_of(tool.name) + size_of(tool.description) + size_of(tool.parameters);
    seen.tokens += 2 * kPerMessage;
  }
  if (chat.response_format) {
    seen.tokens += size_of(chat.response_format->schema) + kIntroduction;
  }
  // Members of the body that no type here holds are counted as they stand.
  if (call.pass_through && !chat.unknown_fields.empty())
    seen.tokens = std::max(seen.tokens, size_of(call.body));
  for (const std::string& field : chat.unknown_fields) {
    seen.elsewhere = seen.elsewhere || field == "web_search_options" || field == "mcp_servers" ||
                     field == "container" || field == "previous_response_id";
    seen.audio = seen.audio || field == "audio" || field == "modalities";
  }
  seen.cache_write =
      seen.cache_write || (call.pass_through && call.body.find("cache_control") != call.body.npos);
  return seen;
}

// The inputs of an embedding; the pairs of query and document of a ranking.
Seen look_at_inputs(const Call& call, const Target& target) {
  Seen seen;
  const auto encoding = known_tokenizer(call, target);
  for (const EmbeddingInput& input : call.embedding.inputs) {
    if (const auto* text = std::get_if<std::string>(&input)) {
      seen.tokens += encoding ? static_cast<std::int64_t>(tokens::count_tokens(*encoding, *text))
                              : size_of(*text) + kPerMessage;
    } else {
      seen.tokens += static_cast<std::int64_t>(std::get<std::vector<std::int64_t>>(input).size());
    }
  }
  for (const std::string& document : call.rerank.documents) {
    seen.tokens += size_of(call.rerank.query) + size_of(document) + kPerMessage;
  }
  return seen;
}

// What the caller leaves out is the standard tier; `auto` is whatever the provider makes of it.
std::optional<meter::ServiceTier> tier_of(const ChatRequest& chat) {
  if (chat.service_tier == "auto") return std::nullopt;
  return meter::service_tier_from(chat.service_tier);
}

std::optional<std::int64_t> bound_of(const Seen& seen, const Target& target) {
  if (!seen.elsewhere) return seen.tokens;
  if (!target.price || !target.price->max_input_tokens) return std::nullopt;
  return std::max(seen.tokens, *target.price->max_input_tokens);
}

}  // namespace

// A hundred documents are a query; a long one counts as several.
std::int64_t most_queries(const RerankRequest& request) {
  std::int64_t pieces = 0;
  for (const std::string& document : request.documents) {
    pieces += 1 + (size_of(document) + size_of(request.query)) / 256;
  }
  return (pieces + 99) / 100;
}

std::int64_t output_limit(const Call& call, const Target& target) {
  if (call.operation != Operation::chat) return 0;
  const std::int64_t fallback = call.snapshot->config().limits.default_max_tokens;
  return call.chat.max_tokens.value_or(target.max_output_tokens.value_or(fallback));
}

std::optional<std::int64_t> input_bound(const Call& call, const Target& target) {
  if (call.operation != Operation::chat) return look_at_inputs(call, target).tokens;
  return bound_of(look_at(call, target), target);
}

namespace {

std::optional<FemtoUsd> worst_case_of_inputs(const Call& call, const Target& target) {
  meter::ReserveOptions options;
  options.audio = options.images = options.cache_write_5m = options.cache_write_1h = false;
  options.region = target.provider->region;
  const bool ranks = call.operation == Operation::rerank;
  if (ranks) options.max_queries = most_queries(call.rerank);
  // A ranking that is charged by the query may have no price for tokens.
  const bool by_query = ranks && !target.price->has(meter::PriceField::input);
  const std::int64_t input = by_query ? 0 : look_at_inputs(call, target).tokens;
  auto bound = meter::reserve_bound(*target.price, input, 0, options);
  if (bound) *bound += components_bound(call, target);
  return bound;
}

}  // namespace

std::optional<FemtoUsd> worst_case(const Call& call, const Target& target) {
  if (!target.price) return std::nullopt;
  if (call.operation != Operation::chat) return worst_case_of_inputs(call, target);
  const Seen seen = look_at(call, target);
  const auto input = bound_of(seen, target);
  if (!input) return std::nullopt;
  const std::int64_t output =
      call.send_max_tokens.value_or(output_limit(call, target)) * call.chat.n.value_or(1);
  meter::ReserveOptions options;
  options.service_tier = tier_of(call.chat);
  options.cache_write_5m = options.cache_write_1h = seen.cache_write;
  options.audio = seen.audio;
  options.images = seen.image;
  options.region = target.provider->region;
  options.max_searches = seen.elsewhere ? kMaxSearches : 0;
  auto bound = meter::reserve_bound(*target.price, *input, output, options);
  if (bound) *bound += components_bound(call, target);
  return bound;
}

}  // namespace maester::gateway
