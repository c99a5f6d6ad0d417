#include "retrieval/embed.h"
#include "retrieval/hash_embedder.h"
namespace maester::retrieval {
namespace {
class H final : public Embedder {
 public:
  Result<std::vector<std::vector<float>>> embed(std::span<const std::string_view> texts, Purpose) const override {
    std::vector<std::vector<float>> out;
    for (const std::string_view text : texts) out.push_back(hash_embedding(text));
    return out;
  }
  std::size_t dimensions() const override { return kHashDimensions; }
  std::string version() const override { return std::string(kHashEmbedderVersion); }
};
}  // namespace
std::shared_ptr<const Embedder> make_hash_embedder() { return std::make_shared<H>(); }
Result<std::shared_ptr<const Embedder>> load_static_embedder(store::FileSystem&, const std::string&) { return fail(Code::unprocessable, "not yet"); }
}  // namespace maester::retrieval
