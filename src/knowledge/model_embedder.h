// Vectors by a model behind the gateway: each batch is one request of the pipeline, so it is
// routed, retried, metered, budgeted and recorded as any other.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/pipeline/pipeline.h"
#include "knowledge/settings.h"
#include "retrieval/embedder.h"
#include "runtime/core.h"

namespace maester::knowledge {

// Who pays.
struct Payer {
  std::string tenant, key_id;
};

// One request for all texts. Suspends. Code::deadline_exceeded after `timeout`.
runtime::Task<Result<std::vector<std::vector<float>>>> embed_by_model(
    const gateway::Pipeline& pipeline, const EmbeddingSettings& settings, const Payer& payer,
    std::vector<std::string> texts, retrieval::Purpose purpose, std::chrono::milliseconds timeout,
    runtime::StopToken stop);

// The same for threads that are no core's: blocks. In batches of up to 64 texts and 64 KiB.
class ModelEmbedder final : public retrieval::Embedder {
 public:
  ModelEmbedder(const gateway::Pipeline& pipeline, runtime::CorePool& cores,
                EmbeddingSettings settings, Payer payer)
      : pipeline_(pipeline),
        cores_(cores),
        settings_(std::move(settings)),
        payer_(std::move(payer)) {}
  Result<std::vector<std::vector<float>>> embed(std::span<const std::string_view> texts,
                                                retrieval::Purpose purpose) const override;
  std::size_t dimensions() const override {
    return static_cast<std::size_t>(settings_.vector_size);
  }
  std::string version() const override;

 private:
  Result<std::vector<std::vector<float>>> embed_batch(std::vector<std::string> texts,
                                                      retrieval::Purpose purpose) const;
  const gateway::Pipeline& pipeline_;
  runtime::CorePool& cores_;
  EmbeddingSettings settings_;
  Payer payer_;
};

}  // namespace maester::knowledge
