#include "retrieval/embed/static_table.h"

#include <algorithm>
#include <cmath>

#include "base/utf8.h"
#include "codec/json.h"

namespace maester::retrieval {
namespace {

constexpr std::uint64_t kMostDimensions = 16'384;

std::unexpected<Error> refuse(std::string what) {
  return fail(Code::unprocessable, std::move(what));
}

// A table by that name whose first dimension has one entry for each token.
const Tensor* find(const std::map<std::string, Tensor, std::less<>>& tensors,
                   std::string_view name) {
  const auto found = tensors.find(name);
  return found == tensors.end() ? nullptr : &found->second;
}

}  // namespace

Result<StaticTable> StaticTable::read(const StaticFiles& files) {
  StaticTable out;
  TRY_ASSIGN(out.tokenizer_, Tokenizer::parse(files.tokenizer));
  TRY_ASSIGN(const auto tensors, read_safetensors(files.safetensors));
  TRY(out.check_tensors(tensors));
  TRY(out.read_config(files.config));
  return out;
}

Status StaticTable::check_tensors(const std::map<std::string, Tensor, std::less<>>& tensors) {
  const Tensor* table = find(tensors, "embeddings");
  if (table == nullptr) table = find(tensors, "embedding.weight");
  if (table == nullptr || table->shape.size() != 2 || table->shape[1] == 0 ||
      table->shape[1] > kMostDimensions)
    return refuse("model.safetensors has no tensor `embeddings` of two dimensions.");
  embeddings_ = *table;
  dimensions_ = table->shape[1];
  const std::uint64_t tokens = std::uint64_t{tokenizer_->model().largest_id()} + 1;
  if (const Tensor* const mapping = find(tensors, "mapping")) {
    if (mapping->shape.size() != 1 || mapping->size() < tokens)
      return refuse("The tensor `mapping` of model.safetensors has no entry for some token.");
    for (std::uint64_t i = 0; i < tokens; ++i) {
      const double row = mapping->at(i);
      if (!(row >= 0 && row < static_cast<double>(table->shape[0])))
        return refuse("The tensor `mapping` of model.safetensors names a row that is not there.");
      rows_.push_back(static_cast<std::uint32_t>(row));
    }
  } else if (table->shape[0] < tokens) {
    return refuse("model.safetensors has " + std::to_string(table->shape[0]) + " vectors for the " +
                  std::to_string(tokens) + " tokens of tokenizer.json.");
  }
  if (const Tensor* const weights = find(tensors, "weights")) {
    if (weights->shape.size() != 1 || weights->size() < tokens)
      return refuse("The tensor `weights` of model.safetensors has no entry for some token.");
    for (std::uint64_t i = 0; i < tokens; ++i)
      weights_.push_back(static_cast<float>(weights->at(i)));
  }
  return {};
}

Status StaticTable::read_config(std::string_view config) {
  const auto document = json::Document::parse(config);
  if (!document || !document->root().is_object()) return refuse("config.json is no JSON object.");
  const json::Value length = document->root().get("max_length");
  if (length.is_null()) {
    max_tokens_ = 0;
  } else if (length.exists()) {
    if (length.int_or(0) < 1) return refuse("`max_length` in config.json must be at least 1.");
    max_tokens_ = static_cast<std::size_t>(length.int_or(0));
  }
  max_characters_ = std::min<std::size_t>(max_tokens_, 1 << 24) *
                    std::max<std::size_t>(1, tokenizer_->model().median_length());
  return {};
}

std::vector<float> StaticTable::mean(std::string_view text) const {
  if (max_characters_ > 0) text = utf8::prefix(text, max_characters_);
  std::vector<TokenId> tokens = tokenizer_->encode(text);
  if (max_tokens_ > 0 && tokens.size() > max_tokens_) tokens.resize(max_tokens_);
  if (const auto unknown = tokenizer_->model().unknown()) std::erase(tokens, *unknown);
  std::vector<float> sum(dimensions_, 0.0F), row(dimensions_);
  for (const TokenId token : tokens) {
    embeddings_.row(rows_.empty() ? token : rows_[token], row);
    const float weight = weights_.empty() ? 1.0F : weights_[token];
    for (std::size_t d = 0; d < dimensions_; ++d) sum[d] += weight * row[d];
  }
  for (float& x : sum) x /= static_cast<float>(std::max<std::size_t>(1, tokens.size()));
  return sum;
}

}  // namespace maester::retrieval
