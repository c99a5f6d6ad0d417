// Every reader of a whole answer, an error, embeddings and a ranking: whatever comes, an answer
// without negative counts or an error of a known class.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/providers/anthropic/anthropic.h"
#include "gateway/providers/bedrock/bedrock.h"
#include "gateway/providers/cohere/cohere.h"
#include "gateway/providers/gemini/gemini.h"
#include "gateway/providers/jina/jina.h"
#include "gateway/providers/ollama/ollama.h"
#include "gateway/providers/openai/openai.h"

namespace maester::gateway {
namespace {

void check(const std::optional<meter::Usage>& usage) {
  if (!usage) return;
  for (const meter::UsageBucket& bucket : meter::kUsageBuckets) {
    if ((*usage).*(bucket.count) < 0) std::abort();
  }
}

void read(const Provider& provider, std::string_view body) {
  if (const auto got = provider.decode(body)) {
    if (got->choices.empty()) std::abort();  // a silent half answer
    check(got->usage);
    for (const Choice& choice : got->choices) {
      for (const Citation& one : choice.citations) {
        if (one.start < 0 || one.end < one.start) std::abort();
      }
    }
  } else if (got.error().code != Code::upstream_error && got.error().code != Code::too_large) {
    std::abort();
  }
  if (provider.classify(500, {}, body).message.size() > 512) std::abort();
}

void read(const EmbeddingAdapter& adapter, std::string_view body) {
  const auto got = adapter.decode(body, 2);
  if (got && got->vectors.size() != 2) std::abort();
  if (got) check(got->usage);
}

void read(const RerankAdapter& adapter, std::string_view body) {
  const auto got = adapter.decode(body, 3);
  if (!got) return;
  check(got->usage);
  for (const auto& hit : got->hits) {
    if (hit.index < 0 || hit.index >= 3) std::abort();
  }
}

}  // namespace
}  // namespace maester::gateway

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maester::gateway;  // NOLINT(google-build-using-namespace)
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  read(*openai::make_provider({.tolerant = true, .think_tags = true}), body);
  read(*openai::make_responses_provider({}), body);
  read(*openai::make_completions_provider({}), body);
  read(*anthropic::make_provider({}), body);
  read(*gemini::make_provider({}), body);
  read(*bedrock::make_provider(), body);
  read(*cohere::make_provider({}), body);
  read(*ollama::make_provider(), body);
  read(*openai::make_embeddings({}), body);
  read(*cohere::make_embeddings({}), body);
  read(*gemini::make_embeddings({}), body);
  read(*ollama::make_embeddings(), body);
  read(*cohere::make_rerank({}), body);
  read(*jina::make_rerank({}), body);
  return 0;
}
