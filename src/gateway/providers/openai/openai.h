// The adapter for OpenAI's chat completions and for everything that imitates them (DeepSeek, Groq,
// xAI, OpenRouter, Perplexity, vLLM, llama.cpp, ...): one code, a few flags. What it does with each
// oddity: docs/reference/traps.md.
#pragma once

#include <memory>
#include <string>

#include "gateway/provider.h"

namespace maester::gateway::openai {

struct Config {
  std::string semantic_name = "openai";  // gen_ai.provider.name
  // A server that imitates the protocol: a stream may end without [DONE] once every choice has
  // finished, `top_k` is sent on, and an output limit that the caller did not name goes out as
  // `max_tokens`.
  bool tolerant = false;
};

std::unique_ptr<Provider> make_provider(Config config);

// o1, o3, o4, gpt-5 and later: they refuse `max_tokens` and want `max_completion_tokens`.
bool is_reasoning_model(std::string_view model);

}  // namespace maester::gateway::openai
