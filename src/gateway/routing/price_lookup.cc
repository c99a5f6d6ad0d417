#include "gateway/routing/price_lookup.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace maester::gateway {
namespace {

const ProviderConfig* provider_named(const Config& config, std::string_view name) {
  const auto found = std::ranges::find(config.providers, name, &ProviderConfig::name);
  return found == config.providers.end() ? nullptr : &*found;
}

std::string_view upstream_of(const ModelConfig& model, std::string_view asked) {
  if (!model.upstream_model.empty()) return model.upstream_model;
  if (!model.is_pattern()) return model.name;
  asked.remove_prefix(std::min(asked.size(), model.name.size() - 1));
  return asked;
}

}  // namespace

std::string_view book_name(const ProviderConfig& config) {
  switch (config.kind) {
    case ProviderKind::openai:
      return "openai";
    case ProviderKind::anthropic:
      return "anthropic";
    case ProviderKind::gemini:
      return "gemini";
    case ProviderKind::bedrock:
      return "bedrock";
    case ProviderKind::azure:
      return "azure";
    case ProviderKind::mistral:
      return "mistral";
    case ProviderKind::cohere:
      return "cohere";
    case ProviderKind::ollama:
      return "ollama";
    case ProviderKind::openai_compatible:
    case ProviderKind::simulated:
      return config.name;
  }
  return config.name;
}

Result<meter::PriceBook> with_configured_prices(const meter::PriceBook& book,
                                                const Config& config) {
  std::vector<std::pair<std::string, meter::PriceOverride>> stated;
  for (const ModelConfig& model : config.models) {
    if (model.price) stated.emplace_back(model.name, *model.price);
  }
  std::vector<meter::PriceNote> notes;
  return book.with_overrides(stated, notes);
}

std::optional<meter::PriceMatch> price_of(const meter::PriceBook& book, const Config& config,
                                          const ModelConfig& model, std::string_view asked) {
  const ProviderConfig* provider = provider_named(config, model.provider);
  return book.find(provider != nullptr ? book_name(*provider) : std::string_view(model.provider),
                   upstream_of(model, asked), model.name);
}

std::optional<meter::PriceMatch> price_of(const meter::PriceBook& book, const Config& config,
                                          const meter::Dimensions& attempt) {
  const ProviderConfig* provider = provider_named(config, attempt.provider);
  const std::string_view name =
      provider != nullptr ? book_name(*provider) : std::string_view(attempt.provider);
  // A route's attempt does not say which model it went to: the one that sends this name there.
  const ModelConfig* configured = nullptr;
  for (const ModelConfig& model : config.models) {
    if (model.provider != attempt.provider) continue;
    const bool asked =
        model.name == attempt.model ||
        (model.is_pattern() &&
         attempt.model.starts_with(std::string_view(model.name).substr(0, model.name.size() - 1)));
    if (!asked && upstream_of(model, {}) != attempt.upstream_model) continue;
    if (configured == nullptr || asked) configured = &model;
  }
  return book.find(name, attempt.upstream_model,
                   configured != nullptr ? std::string_view(configured->name) : std::string_view());
}

}  // namespace maester::gateway
