#include "retrieval/embed/tokenizer.h"

#include "base/utf8.h"
#include "codec/json.h"

namespace maester::retrieval {
namespace {

constexpr std::size_t kLargestFile = 128U << 20;
// A multilingual vocabulary has half a million entries.
constexpr json::Limits kLimits{.depth = 32, .keys = 3'000'000, .values = 12'000'000};

std::string well_formed(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const utf8::Decoded one = utf8::decode(text, at);
    if (one.length == 0)
      out += "\xef\xbf\xbd";
    else
      out += text.substr(at, one.length);
    at += one.length == 0 ? 1 : one.length;
  }
  return out;
}

}  // namespace

Result<Tokenizer> Tokenizer::parse(std::string_view tokenizer_json) {
  if (tokenizer_json.size() > kLargestFile)
    return fail(Code::unprocessable, "tokenizer.json is larger than 128 MiB.");
  const auto document = json::Document::parse(tokenizer_json, kLimits);
  if (!document)
    return fail(Code::unprocessable, "tokenizer.json is no JSON: " + document.error().message);
  Tokenizer out;
  const json::Value root = document->root();
  TRY_ASSIGN(out.normalizer_, read_normalizer(root.get("normalizer")));
  TRY_ASSIGN(out.pre_tokenizer_, read_pre_tokenizer(root.get("pre_tokenizer")));
  TRY_ASSIGN(out.model_, read_token_model(root.get("model")));
  return out;
}

std::vector<TokenId> Tokenizer::encode(std::string_view text) const {
  std::string normal = well_formed(text);
  if (normalizer_ != nullptr) normalizer_->normalize(normal);
  std::vector<TokenId> out;
  if (normal.empty()) return out;
  std::vector<std::string> pieces{std::move(normal)};
  if (pre_tokenizer_ != nullptr) pre_tokenizer_->split(pieces);
  for (const std::string& piece : pieces) {
    if (!piece.empty()) model_->tokenize(piece, out);
  }
  return out;
}

}  // namespace maester::retrieval
