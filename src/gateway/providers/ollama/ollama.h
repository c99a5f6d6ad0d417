// The adapters for Ollama's own API (/api/chat, /api/embed). Its imitation of OpenAI's is reached
// with kind `openai-compatible`. What they do with each oddity: docs/reference/traps.md.
#pragma once

#include <memory>

#include "gateway/provider.h"

namespace maester::gateway::ollama {

std::unique_ptr<Provider> make_provider();
std::unique_ptr<EmbeddingAdapter> make_embeddings();

}  // namespace maester::gateway::ollama
