#include "knowledge/model_embedder.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "gateway/pipeline/call.h"
#include "gateway/pipeline/surface.h"

namespace maester::knowledge {
namespace {

constexpr std::size_t kMaxTexts = 64;
constexpr std::size_t kMaxBytes = 64u << 10;
constexpr std::chrono::milliseconds kBatchTimeout{60'000};

// Nobody's bytes are read and none are written: the call is made of what the engine wants.
class VectorsSurface final : public gateway::Surface {
 public:
  VectorsSurface(const EmbeddingSettings& settings, std::vector<std::string> texts,
                 retrieval::Purpose purpose, std::chrono::milliseconds timeout)
      : settings_(settings), texts_(std::move(texts)), purpose_(purpose), timeout_(timeout) {}
  gateway::Protocol protocol() const override { return gateway::Protocol::openai_chat; }

  Status read(gateway::Call& call) const override {
    call.operation = gateway::Operation::embeddings;
    call.chat.model = model_name(*call.snapshot);
    call.embedding.model = call.chat.model;
    for (const std::string& text : texts_) call.embedding.inputs.emplace_back(text);
    if (settings_.dimensions > 0) call.embedding.dimensions = settings_.dimensions;
    if (tells_purposes(*call.snapshot)) {
      call.embedding.input_type =
          purpose_ == retrieval::Purpose::query ? "search_query" : "search_document";
    }
    call.options.timeout = timeout_;
    return {};
  }
  std::int64_t estimate_input_tokens(const gateway::Call&) const override { return 0; }
  Error budget_refusal(const gateway::Call&) const override { return {}; }
  std::string write_answer(const gateway::Call&) const override { return {}; }

 private:
  // A model of that name as the configuration has it, else the provider's own name for it.
  std::string model_name(const gateway::Snapshot& snapshot) const {
    if (settings_.provider.empty() || snapshot.resolve(settings_.model)) return settings_.model;
    return settings_.provider + "/" + settings_.model;
  }
  // Whether all that may answer have a word for what a vector is for; others refuse it.
  bool tells_purposes(const gateway::Snapshot& snapshot) const {
    const auto resolution = snapshot.resolve(model_name(snapshot));
    if (!resolution) return false;
    return std::ranges::all_of(resolution->targets, [](const gateway::Target& target) {
      const gateway::ProviderKind kind = target.provider->config.kind;
      return kind == gateway::ProviderKind::gemini || kind == gateway::ProviderKind::cohere;
    });
  }
  const EmbeddingSettings& settings_;
  std::vector<std::string> texts_;
  retrieval::Purpose purpose_;
  std::chrono::milliseconds timeout_;
};

// To unit length: what the index compares are cosines.
Status normalise(std::vector<std::vector<float>>& vectors, std::int64_t size) {
  for (std::vector<float>& vector : vectors) {
    if (size > 0 && vector.size() != static_cast<std::size_t>(size)) {
      return fail(Code::upstream_error,
                  "The embedding model gave vectors of " + std::to_string(vector.size()) +
                      " dimensions where the index has " + std::to_string(size) + ".",
                  "embedding.model");
    }
    double sum = 0;
    for (const float x : vector) sum += static_cast<double>(x) * static_cast<double>(x);
    if (!std::isfinite(sum))
      return fail(Code::upstream_error, "The embedding model gave a vector that is no number.");
    if (sum == 0) continue;
    const auto scale = static_cast<float>(1 / std::sqrt(sum));
    for (float& x : vector) x *= scale;
  }
  return {};
}

}  // namespace

runtime::Task<Result<std::vector<std::vector<float>>>> embed_by_model(
    const gateway::Pipeline& pipeline, const EmbeddingSettings& settings, const Payer& payer,
    std::vector<std::string> texts, retrieval::Purpose purpose, std::chrono::milliseconds timeout,
    runtime::StopToken stop) {
  const VectorsSurface surface(settings, std::move(texts), purpose, timeout);
  const Clock& clock = pipeline.services().clock;
  gateway::Call call;
  call.surface = &surface;
  call.principal.tenant = payer.tenant;
  call.principal.key_id = payer.key_id;
  call.principal.role = access::Role::member;
  call.received = clock.mono();
  call.received_wall = clock.wall();
  call.gone = stop;
  call.endpoint = "knowledge";
  auto running = pipeline.run(call);
  CO_TRY(co_await std::move(running));
  std::vector<std::vector<float>> vectors = std::move(call.attempt()->vectors.vectors);
  CO_TRY(normalise(vectors, settings.vector_size));
  co_return vectors;
}

std::string ModelEmbedder::version() const {
  return settings_.provider + "/" + settings_.model + ":" + std::to_string(settings_.dimensions);
}

Result<std::vector<std::vector<float>>> ModelEmbedder::embed_batch(
    std::vector<std::string> texts, retrieval::Purpose purpose) const {
  using Vectors = Result<std::vector<std::vector<float>>>;
  static std::atomic<std::size_t> next{0};
  runtime::Core& core = cores_.at(next.fetch_add(1, std::memory_order_relaxed) % cores_.size());
  Vectors out;
  auto work = [](const ModelEmbedder& self, std::vector<std::string> asked, retrieval::Purpose why,
                 Vectors& told) -> runtime::Task<void> {
    auto embedding = embed_by_model(self.pipeline_, self.settings_, self.payer_, std::move(asked),
                                    why, kBatchTimeout, {});
    told = co_await std::move(embedding);
  };
  runtime::run_blocking(core, work(*this, std::move(texts), purpose, out));
  return out;
}

Result<std::vector<std::vector<float>>> ModelEmbedder::embed(
    std::span<const std::string_view> texts, retrieval::Purpose purpose) const {
  std::vector<std::vector<float>> out;
  out.reserve(texts.size());
  std::size_t i = 0;
  while (i < texts.size()) {
    std::vector<std::string> batch;
    std::size_t bytes = 0;
    while (i < texts.size() && batch.size() < kMaxTexts &&
           (batch.empty() || bytes + texts[i].size() <= kMaxBytes)) {
      bytes += texts[i].size();
      batch.emplace_back(texts[i++]);
    }
    TRY_ASSIGN(auto vectors, embed_batch(std::move(batch), purpose));
    for (auto& vector : vectors) out.push_back(std::move(vector));
  }
  return out;
}

}  // namespace maester::knowledge
