// WordPiece (Schuster and Nakajima 2012; greedy, longest match first, as BERT has it) and
// WordLevel.
#include "codec/json.h"
#include "retrieval/embed/vocabulary.h"

namespace maester::retrieval {
namespace {

class WordModel final : public TokenModel {
 public:
  WordModel(Vocabulary vocabulary, std::string prefix, const std::string& unknown,
            std::size_t longest_word, bool whole_words)
      : vocabulary_(std::move(vocabulary)),
        prefix_(std::move(prefix)),
        unknown_(vocabulary_.find(unknown)),
        longest_word_(longest_word),
        whole_words_(whole_words) {}

  void tokenize(std::string_view piece, std::vector<TokenId>& out) const override {
    const std::size_t before = out.size();
    if (whole_words_) {
      if (const auto id = vocabulary_.find(piece)) out.push_back(*id);
    } else if (utf8::length(piece) <= longest_word_ && !cut(piece, out)) {
      out.resize(before);
    }
    if (out.size() == before && unknown_) out.push_back(*unknown_);
  }
  std::optional<TokenId> unknown() const override { return unknown_; }
  TokenId largest_id() const override { return vocabulary_.largest(); }
  std::size_t median_length() const override { return vocabulary_.median_length(); }

 private:
  bool cut(std::string_view word, std::vector<TokenId>& out) const {
    std::string candidate;
    for (std::size_t at = 0; at < word.size();) {
      const std::string_view prefix = at > 0 ? std::string_view(prefix_) : std::string_view();
      candidate.assign(prefix).append(word.substr(at, vocabulary_.longest()));
      std::optional<TokenId> id;
      while (candidate.size() > prefix.size() && !(id = vocabulary_.find(candidate)))
        candidate.pop_back();  // halves of a character are in no vocabulary
      if (!id) return false;
      out.push_back(*id);
      at += candidate.size() - prefix.size();
    }
    return true;
  }

  Vocabulary vocabulary_;
  std::string prefix_;
  std::optional<TokenId> unknown_;
  std::size_t longest_word_;
  bool whole_words_;
};

}  // namespace

std::unique_ptr<const TokenModel> make_word_model(Vocabulary vocabulary, std::string prefix,
                                                  std::string unknown, std::size_t longest_word,
                                                  bool whole_words) {
  return std::make_unique<WordModel>(std::move(vocabulary), std::move(prefix), unknown,
                                     longest_word, whole_words);
}

Result<std::unique_ptr<const TokenModel>> read_token_model(const json::Value& value) {
  const json::Value vocab = value.get("vocab");
  std::string_view type = value.get("type").string_or("");
  if (type.empty()) {  // older files do not say
    if (value.get("merges").exists())
      type = "BPE";
    else if (vocab.is_array())
      type = "Unigram";
    else
      type = value.get("continuing_subword_prefix").exists() ? "WordPiece" : "WordLevel";
  }
  if (type == "Unigram") return read_unigram(value);
  if (type == "BPE") return read_bpe(value);
  if (type != "WordPiece" && type != "WordLevel")
    return fail(Code::unprocessable, "tokenizer.json has a model `" +
                                         std::string(type.substr(0, 40)) +
                                         "`; known are WordPiece, Unigram, BPE and WordLevel.");
  Vocabulary vocabulary;
  TRY(vocabulary.read(vocab));
  const std::int64_t longest = value.get("max_input_chars_per_word").int_or(100);
  return make_word_model(
      std::move(vocabulary), std::string(value.get("continuing_subword_prefix").string_or("##")),
      std::string(value.get("unk_token").string_or("[UNK]")),
      static_cast<std::size_t>(std::clamp<std::int64_t>(longest, 0, 10'000)), type == "WordLevel");
}

}  // namespace maester::retrieval
