// Byte-pair encoding (Sennrich et al. 2016): a piece's characters, of which the pair that was
// learned first is merged, again and again. The pairs wait in a heap, so that a long piece costs
// n log n.
#include <queue>

#include "codec/json.h"
#include "retrieval/embed/code_points.h"
#include "retrieval/embed/vocabulary.h"

namespace maester::retrieval {
namespace {

struct Merge {
  std::uint32_t rank = 0;
  TokenId into = 0;
};

struct Symbol {
  TokenId id = 0;
  std::int32_t before = -1, after = -1;  // symbols; -1 = none
  bool alive = true;
};

struct Candidate {
  std::uint32_t rank = 0;
  std::int32_t left = 0;
  TokenId left_id = 0, right_id = 0, into = 0;
  bool operator>(const Candidate& other) const {
    return rank != other.rank ? rank > other.rank : left > other.left;
  }
};

std::uint64_t pair_of(TokenId a, TokenId b) {
  return std::uint64_t{a} << 32 | b;
}

class Bpe final : public TokenModel {
 public:
  Status read(const json::Value& model) {
    TRY(vocabulary_.read(model.get("vocab")));
    prefix_ = model.get("continuing_subword_prefix").string_or("");
    suffix_ = model.get("end_of_word_suffix").string_or("");
    whole_first_ = model.get("ignore_merges").bool_or(false);
    fuse_ = model.get("fuse_unk").bool_or(false);
    bytes_ = model.get("byte_fallback").bool_or(false);
    const std::string_view unknown = model.get("unk_token").string_or("");
    if (!unknown.empty()) unknown_ = vocabulary_.find(unknown);
    std::uint32_t rank = 0;
    for (const json::Value one : model.get("merges")) TRY(add_merge(one, rank++));
    return {};
  }

  void tokenize(std::string_view piece, std::vector<TokenId>& out) const override {
    if (whole_first_) {
      if (const auto id = vocabulary_.find(piece)) {
        out.push_back(*id);
        return;
      }
    }
    std::vector<Symbol> symbols = spell(piece);
    merge(symbols);
    for (const Symbol& one : symbols) {
      if (one.alive) out.push_back(one.id);
    }
  }
  std::optional<TokenId> unknown() const override { return unknown_; }
  TokenId largest_id() const override { return vocabulary_.largest(); }
  std::size_t median_length() const override { return vocabulary_.median_length(); }

 private:
  Status add_merge(const json::Value& merge, std::uint32_t rank) {
    std::string_view left = merge.at(0).string_or(""), right = merge.at(1).string_or("");
    if (merge.is_string()) {  // "left right"
      const std::string_view both = merge.string_or("");
      const std::size_t space = both.find(' ');
      left = both.substr(0, space);
      right = space == std::string_view::npos ? std::string_view() : both.substr(space + 1);
    }
    const auto a = vocabulary_.find(left), b = vocabulary_.find(right);
    const bool continues = !prefix_.empty() && right.starts_with(prefix_);
    std::string whole(left);
    whole += continues ? right.substr(prefix_.size()) : right;
    const auto into = vocabulary_.find(whole);
    if (!a || !b || !into)
      return fail(Code::unprocessable,
                  "tokenizer.json has a merge of tokens that are not in its vocabulary.");
    merges_.emplace(pair_of(*a, *b), Merge{rank, *into});
    return {};
  }

  std::vector<Symbol> spell(std::string_view piece) const {
    std::vector<Symbol> out;
    std::size_t at = 0;
    bool after_unknown = false;
    each_code_point(piece, [&](char32_t, std::string_view bytes) {
      std::string token;
      if (at > 0) token += prefix_;
      token += bytes;
      at += bytes.size();
      if (at == piece.size()) token += suffix_;
      if (const auto id = vocabulary_.find(token)) {
        out.push_back({.id = *id});
        after_unknown = false;
        return;
      }
      if (bytes_ && add_bytes(bytes, out)) return;
      if (unknown_ && !(fuse_ && after_unknown)) out.push_back({.id = *unknown_});
      after_unknown = true;
    });
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i].before = static_cast<std::int32_t>(i) - 1;
      out[i].after = i + 1 < out.size() ? static_cast<std::int32_t>(i) + 1 : -1;
    }
    return out;
  }

  bool add_bytes(std::string_view bytes, std::vector<Symbol>& out) const {
    const std::size_t before = out.size();
    for (const char c : bytes) {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      const auto b = static_cast<unsigned char>(c);
      const std::string name = {'<', '0', 'x', kDigits[b / 16], kDigits[b % 16], '>'};
      const auto id = vocabulary_.find(name);
      if (!id) {
        out.resize(before);
        return false;
      }
      out.push_back({.id = *id});
    }
    return true;
  }

  void merge(std::vector<Symbol>& symbols) const {
    std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> waiting;
    const auto consider = [&](std::int32_t left) {
      if (left < 0) return;
      const Symbol& one = symbols[static_cast<std::size_t>(left)];
      if (one.after < 0) return;
      const TokenId right = symbols[static_cast<std::size_t>(one.after)].id;
      const auto found = merges_.find(pair_of(one.id, right));
      if (found != merges_.end())
        waiting.push({found->second.rank, left, one.id, right, found->second.into});
    };
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) consider(static_cast<std::int32_t>(i));
    while (!waiting.empty()) {
      const Candidate next = waiting.top();
      waiting.pop();
      Symbol& left = symbols[static_cast<std::size_t>(next.left)];
      if (!left.alive || left.id != next.left_id || left.after < 0) continue;
      Symbol& right = symbols[static_cast<std::size_t>(left.after)];
      if (right.id != next.right_id) continue;
      left.id = next.into;
      right.alive = false;
      left.after = right.after;
      if (left.after >= 0) symbols[static_cast<std::size_t>(left.after)].before = next.left;
      consider(left.before);
      consider(next.left);
    }
  }

  Vocabulary vocabulary_;
  std::unordered_map<std::uint64_t, Merge> merges_;
  std::string prefix_, suffix_;
  std::optional<TokenId> unknown_;
  bool whole_first_ = false, fuse_ = false, bytes_ = false;
};

}  // namespace

Result<std::unique_ptr<const TokenModel>> read_bpe(const json::Value& model) {
  auto out = std::make_unique<Bpe>();
  TRY(out->read(model));
  return std::unique_ptr<const TokenModel>(std::move(out));
}

}  // namespace maester::retrieval
