// The adapters for OpenAI's APIs (chat completions, Responses, the retired completions, embeddings)
// and for everything that imitates them (Azure, Mistral, DeepSeek, Groq, xAI, OpenRouter,
// Perplexity, vLLM, llama.cpp, ...): one code, a few flags. What it does with each oddity:
// docs/reference/traps.md.
#pragma once

#include <memory>
#include <string>

#include "gateway/provider.h"

namespace maester::gateway::openai {

// Where the APIs stand below the base URL.
struct Endpoint {
  std::string prefix = {};   // "/openai/v1" of Azure
  bool deployments = false;  // Azure's older form: the model is a part of the path
  std::string query = {};    // "api-version=2024-10-21"
  // `api`: "/chat/completions"
  std::string path(std::string_view api, std::string_view model) const;
};

struct Config {
  std::string semantic_name = "openai";  // gen_ai.provider.name
  // A server that imitates the protocol: a stream may end without [DONE] once every choice has
  // finished, `top_k` is sent on, and an output limit that the caller did not name goes out as
  // `max_tokens`.
  bool tolerant = false;
  // Mistral's dialect: call ids of 9 characters, `random_seed`, no `stream_options`, thinking as
  // parts of the content. Its bytes are translated for callers of chat completions.
  bool mistral = false;
  // The text begins with <think>...</think>, which is its reasoning.
  bool think_tags = false;
  std::string key_header = {};  // "" = authorization: Bearer KEY
  Endpoint endpoint = {};
};

std::unique_ptr<Provider> make_provider(Config config);

// For callers who speak the Responses API, and who speak the retired completions.
std::unique_ptr<Provider> make_responses_provider(Config config);
std::unique_ptr<Provider> make_completions_provider(Config config);

std::unique_ptr<EmbeddingAdapter> make_embeddings(Config config);

// o1, o3, o4, gpt-5 and later: they refuse `max_tokens` and want `max_completion_tokens`.
bool is_reasoning_model(std::string_view model);

}  // namespace maester::gateway::openai
