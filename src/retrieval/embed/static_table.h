// A static embedder (github.com/MinishLab/model2vec): each token has a vector in a table, a text
// has the mean of its tokens', of unit length. A hundred times faster than a model, and it knows
// which words are near in meaning. Immutable, thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "retrieval/embed/safetensors.h"
#include "retrieval/embed/tokenizer.h"
#include "retrieval/embedder.h"
#include "store/file_system.h"

namespace maester::retrieval {

// The three files' bytes: they outlive the table.
struct StaticFiles {
  std::string_view safetensors, tokenizer, config;
};

class StaticTable {
 public:
  // Code::unprocessable names the file and the fault.
  static Result<StaticTable> read(const StaticFiles& files);

  std::size_t dimensions() const { return dimensions_; }
  // The mean of the text's tokens, as long as it comes out; all zeros for a text without any. Of a
  // long text the first `max_length` tokens count, as in model2vec.
  std::vector<float> mean(std::string_view text) const;

 private:
  Status check_tensors(const std::map<std::string, Tensor, std::less<>>& tensors);
  Status read_config(std::string_view config);

  std::optional<Tokenizer> tokenizer_;
  Tensor embeddings_;
  std::vector<std::uint32_t> rows_;  // of each token; empty = its id
  std::vector<float> weights_;       // of each token; empty = 1
  std::size_t dimensions_ = 0;
  std::size_t max_tokens_ = 512, max_characters_ = 0;  // 0 = any number
};

}  // namespace maester::retrieval
