// Unigram (Kudo 2018, arXiv 1804.10959): of all ways to cut a piece into tokens the likeliest,
// found from left to right (Viterbi). Characters that no token covers are unknown, at ten below the
// worst token, as in SentencePiece.
#include <array>
#include <cmath>
#include <limits>

#include "codec/json.h"
#include "retrieval/embed/vocabulary.h"

namespace maester::retrieval {
namespace {

constexpr double kUnknownPenalty = 10;

struct Best {  // way to an offset
  double score = -std::numeric_limits<double>::infinity();
  std::size_t from = 0;
  std::optional<TokenId> token;
};

class Unigram final : public TokenModel {
 public:
  Status read(const json::Value& model) {
    const json::Value vocab = model.get("vocab");
    double worst = 0;
    TokenId id = 0;
    for (const json::Value one : vocab) {
      const auto score = one.at(1).as_double();
      if (!one.at(0).is_string() || !score)
        return fail(Code::unprocessable,
                    "tokenizer.json has a Unigram vocabulary whose entries are no pairs of token "
                    "and score.");
      vocabulary_.add(one.at(0).string_or(""), id++);
      scores_.push_back(*score);
      worst = std::min(worst, *score);
    }
    if (scores_.empty())
      return fail(Code::unprocessable, "tokenizer.json has a model without a vocabulary.");
    unknown_score_ = worst - kUnknownPenalty;
    const std::int64_t unknown = model.get("unk_id").int_or(-1);
    if (unknown >= static_cast<std::int64_t>(scores_.size()))
      return fail(Code::unprocessable,
                  "tokenizer.json has an unknown token beyond its vocabulary.");
    if (unknown >= 0) unknown_ = static_cast<TokenId>(unknown);
    if (model.get("byte_fallback").bool_or(false)) read_bytes();
    return {};
  }

  void tokenize(std::string_view piece, std::vector<TokenId>& out) const override {
    std::vector<Best> best(piece.size() + 1);
    best[0].score = 0;
    for (std::size_t at = 0; at < piece.size();) {
      const std::size_t step = std::max<std::size_t>(1, utf8::decode(piece, at).length);
      extend(piece, at, step, best);
      at += step;
    }
    std::vector<std::size_t> ends;
    for (std::size_t end = piece.size(); end > 0; end = best[end].from) ends.push_back(end);
    bool after_unknown = false;
    for (std::size_t i = ends.size(); i-- > 0;) {
      const Best& one = best[ends[i]];
      if (one.token)
        out.push_back(*one.token);
      else
        add_unknown(piece.substr(one.from, ends[i] - one.from), after_unknown, out);
      after_unknown = !one.token.has_value();
    }
  }
  std::optional<TokenId> unknown() const override { return unknown_; }
  TokenId largest_id() const override { return vocabulary_.largest(); }
  std::size_t median_length() const override { return vocabulary_.median_length(); }

 private:
  void extend(std::string_view piece, std::size_t at, std::size_t step,
              std::vector<Best>& best) const {
    const double score = best[at].score;
    bool covered = false;
    const std::size_t most = std::min(piece.size() - at, vocabulary_.longest());
    for (std::size_t size = step; size <= most;
         size += std::max<std::size_t>(1, utf8::decode(piece, at + size).length)) {
      const auto id = vocabulary_.find(piece.substr(at, size));
      if (!id) {
        if (at + size >= piece.size()) break;
        continue;
      }
      covered = covered || size == step;
      Best& to = best[at + size];
      if (score + scores_[*id] > to.score) to = {score + scores_[*id], at, id};
      if (at + size >= piece.size()) break;
    }
    Best& next = best[at + step];
    if (!covered && score + unknown_score_ > next.score)
      next = {score + unknown_score_, at, std::nullopt};
  }

  // A run of unknown characters is one unknown token, unless each is spelled in bytes.
  void add_unknown(std::string_view text, bool after_unknown, std::vector<TokenId>& out) const {
    if (bytes_.empty()) {
      if (unknown_ && !after_unknown) out.push_back(*unknown_);
      return;
    }
    for (const char c : text) out.push_back(bytes_[static_cast<unsigned char>(c)]);
  }

  void read_bytes() {
    std::vector<TokenId> ids;
    for (unsigned b = 0; b < 256; ++b) {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      const std::string name = {'<', '0', 'x', kDigits[b / 16], kDigits[b % 16], '>'};
      if (const auto id = vocabulary_.find(name)) ids.push_back(*id);
    }
    if (ids.size() == 256) bytes_ = std::move(ids);
  }

  Vocabulary vocabulary_;
  std::vector<double> scores_;  // by id
  std::vector<TokenId> bytes_;  // 256, or none
  std::optional<TokenId> unknown_;
  double unknown_score_ = 0;
};

}  // namespace

Result<std::unique_ptr<const TokenModel>> read_unigram(const json::Value& model) {
  auto out = std::make_unique<Unigram>();
  TRY(out->read(model));
  return std::unique_ptr<const TokenModel>(std::move(out));
}

}  // namespace maester::retrieval
