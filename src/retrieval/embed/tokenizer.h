// A tokenizer as the library `tokenizers` publishes it (tokenizer.json): normalizer, pre-tokenizer
// and a WordPiece, Unigram, BPE or WordLevel model, as far as static embedders need them: ids of a
// text, without special tokens around it. Text that spells a special token is ordinary text here.
//
// Immutable and thread-safe once parsed. Time is linear in the text but for a factor of the longest
// token and a logarithm.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace maester::json {
class Value;
}

namespace maester::retrieval {

using TokenId = std::uint32_t;

// Changes the text before it is cut.
class Normalizer {
 public:
  virtual ~Normalizer() = default;
  virtual void normalize(std::string& text) const = 0;  // well-formed UTF-8 in and out
};

// Cuts the text into pieces that are tokenized apart, and may respell them.
class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  virtual void split(std::vector<std::string>& pieces) const = 0;
};

// Tokens of a piece.
class TokenModel {
 public:
  virtual ~TokenModel() = default;
  virtual void tokenize(std::string_view piece, std::vector<TokenId>& out) const = 0;
  virtual std::optional<TokenId> unknown() const = 0;
  virtual TokenId largest_id() const = 0;
  // The middle of the tokens' lengths in characters, which model2vec cuts long texts by.
  virtual std::size_t median_length() const = 0;
};

// Each Code::unprocessable with the part that this build does not know or that does not hold.
Result<std::unique_ptr<const Normalizer>> read_normalizer(const json::Value& value);
Result<std::unique_ptr<const PreTokenizer>> read_pre_tokenizer(const json::Value& value);
Result<std::unique_ptr<const TokenModel>> read_token_model(const json::Value& value);

class Tokenizer {
 public:
  static Result<Tokenizer> parse(std::string_view tokenizer_json);

  // Unknown tokens included. Ill-formed UTF-8 is read as U+FFFD.
  std::vector<TokenId> encode(std::string_view text) const;
  const TokenModel& model() const { return *model_; }

 private:
  std::unique_ptr<const Normalizer> normalizer_;
  std::unique_ptr<const PreTokenizer> pre_tokenizer_;
  std::unique_ptr<const TokenModel> model_;
};

}  // namespace maester::retrieval
