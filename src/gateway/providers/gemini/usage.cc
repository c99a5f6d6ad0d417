#include <algorithm>

#include "gateway/providers/common/answer.h"
#include "gateway/providers/gemini/adapter.h"

namespace maester::gateway::gemini {

namespace {

std::int64_t of_modality(json::Value details, std::string_view modality, bool& bounded) {
  std::int64_t sum = 0;
  for (const json::Value one : details) {
    if (one.get("modality").string_or("") == modality)
      sum += providers::bounded_count(one.get("tokenCount"), bounded);
  }
  return sum;
}

// As many as are left of `total`.
std::int64_t take(std::int64_t& total, std::int64_t count, bool& bounded) {
  const std::int64_t taken = std::clamp<std::int64_t>(count, 0, total);
  if (taken != count) bounded = true;
  total -= taken;
  return taken;
}

}  // namespace

bool is_grounded(json::Value candidate) {
  return candidate.get("groundingMetadata").get("webSearchQueries").size() > 0;
}

// The cached tokens are inside the prompt's, thoughts outside the candidates', and what tools put
// into the prompt outside of it.
std::optional<meter::Usage> read_usage(json::Value metadata, bool grounded) {
  const json::Value prompt_field = metadata.get("promptTokenCount");
  if (!prompt_field.is_number()) return std::nullopt;
  bool bounded = false;
  meter::Usage out;
  std::int64_t input = providers::bounded_count(prompt_field, bounded);
  std::int64_t cached = take(
      input, providers::bounded_count(metadata.get("cachedContentTokenCount"), bounded), bounded);
  const std::int64_t cached_audio =
      take(cached, of_modality(metadata.get("cacheTokensDetails"), "AUDIO", bounded), bounded);
  const std::int64_t audio = of_modality(metadata.get("promptTokensDetails"), "AUDIO", bounded);
  out.cached_audio_input = cached_audio;
  out.cached_input = cached;
  out.audio_input = take(input, std::max<std::int64_t>(audio - cached_audio, 0), bounded);
  out.input = input + providers::bounded_count(metadata.get("toolUsePromptTokenCount"), bounded);
  std::int64_t output = providers::bounded_count(metadata.get("candidatesTokenCount"), bounded);
  const json::Value details = metadata.get("candidatesTokensDetails");
  out.audio_output = take(output, of_modality(details, "AUDIO", bounded), bounded);
  out.image_output = take(output, of_modality(details, "IMAGE", bounded), bounded);
  out.output = output;
  out.reasoning = providers::bounded_count(metadata.get("thoughtsTokenCount"), bounded);
  out.searches = grounded ? 1 : 0;  // charged for each grounded request
  if (bounded) out.provenance = meter::Provenance::estimated;
  return out;
}

}  // namespace maester::gateway::gemini
