#include <cmath>

#include "base/hash.h"
#include "retrieval/embed.h"
#include "retrieval/embed/static_table.h"
#include "retrieval/embed/unit_length.h"

namespace maester::retrieval {
namespace {

class StaticEmbedder final : public Embedder {
 public:
  struct Files {
    std::unique_ptr<store::Mapping> table, tokenizer, config;
  };
  StaticEmbedder(Files files, StaticTable table)
      : files_(std::move(files)), table_(std::move(table)) {
    const std::string all = sha256_hex(files_.table->bytes()) +
                            sha256_hex(files_.tokenizer->bytes()) +
                            sha256_hex(files_.config->bytes());
    version_ = "static:" + sha256_hex(all).substr(0, 32);
  }

  Result<std::vector<std::vector<float>>> embed(std::span<const std::string_view> texts,
                                                Purpose) const override {
    std::vector<std::vector<float>> out;
    out.reserve(texts.size());
    for (const std::string_view text : texts) {
      out.push_back(table_.mean(text));
      to_unit_length(out.back());
    }
    return out;
  }
  std::size_t dimensions() const override { return table_.dimensions(); }
  std::string version() const override { return version_; }

 private:
  Files files_;
  StaticTable table_;
  std::string version_;
};

Result<std::unique_ptr<store::Mapping>> open(store::FileSystem& files, const std::string& path) {
  auto mapping = files.map(path);
  if (mapping) return mapping;
  return fail(Code::unprocessable,
              "The static embedder needs the file `" + path + "`, which cannot be read.", {},
              mapping.error().detail);
}

}  // namespace

Result<std::shared_ptr<const Embedder>> load_static_embedder(store::FileSystem& files,
                                                             const std::string& directory) {
  StaticEmbedder::Files mapped;
  TRY_ASSIGN(mapped.table, open(files, directory + "/model.safetensors"));
  TRY_ASSIGN(mapped.tokenizer, open(files, directory + "/tokenizer.json"));
  TRY_ASSIGN(mapped.config, open(files, directory + "/config.json"));
  TRY_ASSIGN(StaticTable table, StaticTable::read({.safetensors = mapped.table->bytes(),
                                                   .tokenizer = mapped.tokenizer->bytes(),
                                                   .config = mapped.config->bytes()}));
  return std::make_shared<const StaticEmbedder>(std::move(mapped), std::move(table));
}

}  // namespace maester::retrieval
