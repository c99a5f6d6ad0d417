// Tokens and their ids. Internal to embed/.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/utf8.h"
#include "codec/json.h"
#include "retrieval/embed/tokenizer.h"

namespace maester::retrieval {

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

class Vocabulary {
 public:
  void add(std::string_view token, TokenId id) {
    ids_.insert_or_assign(std::string(token), id);
    longest_ = std::max(longest_, token.size());
    largest_ = std::max(largest_, id);
  }
  // {"token": id, ...}
  Status read(const json::Value& vocab) {
    if (!vocab.is_object() || vocab.size() == 0)
      return fail(Code::unprocessable, "tokenizer.json has a model without a vocabulary.");
    for (const json::Value one : vocab) {
      const std::int64_t id = one.int_or(-1);
      if (id < 0 || id > 0x7fffffff)
        return fail(Code::unprocessable, "tokenizer.json has a token whose id is no number.");
      add(one.key(), static_cast<TokenId>(id));
    }
    return {};
  }
  std::optional<TokenId> find(std::string_view token) const {
    const auto found = ids_.find(token);
    if (found == ids_.end()) return std::nullopt;
    return found->second;
  }
  std::size_t longest() const { return longest_; }  // bytes
  TokenId largest() const { return largest_; }
  std::size_t median_length() const {  // of characters; numpy's, rounded down
    std::vector<std::size_t> lengths;
    for (const auto& [token, _] : ids_) lengths.push_back(utf8::length(token));
    std::ranges::sort(lengths);
    const std::size_t n = lengths.size();
    return n == 0 ? 1 : (lengths[(n - 1) / 2] + lengths[n / 2]) / 2;
  }

 private:
  std::unordered_map<std::string, TokenId, TextHash, std::equal_to<>> ids_;
  std::size_t longest_ = 0;
  TokenId largest_ = 0;
};

std::unique_ptr<const TokenModel> make_word_model(Vocabulary vocabulary, std::string prefix,
                                                  std::string unknown, std::size_t longest_word,
                                                  bool whole_words);
Result<std::unique_ptr<const TokenModel>> read_unigram(const json::Value& model);
Result<std::unique_ptr<const TokenModel>> read_bpe(const json::Value& model);

}  // namespace maester::retrieval
