#include "gateway/surfaces/embeddings_surface.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "codec/base64.h"
#include "codec/json_writer.h"
#include "gateway/pipeline/bound.h"
#include "gateway/surfaces/chat_common.h"
#include "gateway/surfaces/inputs_common.h"

namespace maester::gateway {
namespace {

constexpr std::size_t kMaxInputs = 2'048;
constexpr std::int64_t kMaxDimensions = 65'536;
constexpr std::array<std::string_view, 8> kKnown{
    "input", "model", "dimensions", "user", "encoding_format", "maester", "input_type", "truncate"};

Result<EmbeddingInput> read_input(json::Value value) {
  if (value.is_string()) {
    if (value.string_or("").empty()) {
      return invalid_field("`" + value.path() + "` is empty.", value.path());
    }
    return EmbeddingInput(std::string(value.string_or("")));
  }
  if (!value.is_array() || value.size() == 0) {
    return invalid_field("`" + value.path() + "` must be a text or an array of tokens.",
                         value.path());
  }
  std::vector<std::int64_t> tokens;
  tokens.reserve(value.size());
  for (const json::Value token : value) {
    TRY_ASSIGN(tokens.emplace_back(), token.as_int());
    if (tokens.back() < 0) return invalid_field("A token is negative.", token.path());
  }
  return EmbeddingInput(std::move(tokens));
}

// A text; an array of texts; an array of tokens; an array of such arrays.
Status read_inputs(json::Value input, EmbeddingRequest& out) {
  out.one_text = input.is_string();
  if (out.one_text || (input.is_array() && input.at(0).is_number())) {
    TRY_ASSIGN(out.inputs.emplace_back(), read_input(input));
    return {};
  }
  if (!input.is_array() || input.size() == 0) {
    return invalid_field("`input` must be a text, or an array of texts or of tokens.", "input");
  }
  if (input.size() > kMaxInputs) {
    return invalid_field("`input` may hold at most " + std::to_string(kMaxInputs) + " inputs.",
                         "input");
  }
  out.inputs.reserve(input.size());
  for (const json::Value each : input) {
    TRY_ASSIGN(out.inputs.emplace_back(), read_input(each));
  }
  return {};
}

std::string little_endian(const std::vector<float>& vector) {
  std::string out;
  out.reserve(vector.size() * 4);
  for (const float value : vector) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8)
      out += static_cast<char>(static_cast<unsigned char>(bits >> shift));
  }
  return out;
}

}  // namespace

Result<ParsedEmbedding> parse_embedding(const json::Document& document) {
  const json::Value root = document.root();
  if (!root.is_object()) return invalid_field("The request body must be a JSON object.", "");
  TRY(require_unique_keys(root));
  ParsedEmbedding out;
  EmbeddingRequest& request = out.request;
  TRY_ASSIGN(out.maester, read_maester_member(root));
  TRY(read_string(root.get("model"), request.model));
  TRY(read_inputs(root.get("input"), request));
  TRY_ASSIGN(request.dimensions, read_optional_int(root.get("dimensions"), 1, kMaxDimensions));
  std::string format;
  TRY(read_string(root.get("encoding_format"), format));
  request.base64 = format == "base64";
  if (!format.empty() && !request.base64 && format != "float") {
    return invalid_field("`encoding_format` must be `float` or `base64`.", "encoding_format");
  }
  TRY(read_string(root.get("user"), request.user));
  TRY(read_string(root.get("input_type"), request.input_type));
  TRY(read_string(root.get("truncate"), request.truncate));
  for (const json::Value member : root) {
    const bool known = std::find(kKnown.begin(), kKnown.end(), member.key()) != kKnown.end();
    if (!known && !member.is_null()) request.unknown_fields.emplace_back(member.key());
  }
  return out;
}

std::string encode_embedding_answer(const EmbeddingResponse& response, bool base64,
                                    const meter::Usage& usage, std::string_view maester) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("object", "list").key("data").begin_array();
  for (std::size_t i = 0; i < response.vectors.size(); ++i) {
    w.begin_object().field("object", "embedding").field("index", i).key("embedding");
    if (base64) {
      w.value(base64_encode(little_endian(response.vectors[i])));
    } else {
      w.begin_array();
      for (const float value : response.vectors[i]) w.raw(shortest_text(value));
      w.end_array();
    }
    w.end_object();
  }
  w.end_array().field("model", response.model).key("usage").begin_object();
  w.field("prompt_tokens", usage.prompt_tokens()).field("total_tokens", usage.total_tokens());
  w.end_object();
  if (!maester.empty()) w.raw_field("maester", maester);
  w.end_object();
  return out;
}

Status EmbeddingsSurface::read(Call& call) const {
  TRY_ASSIGN(call.document, json::Document::parse(call.body));
  TRY_ASSIGN(ParsedEmbedding parsed, parse_embedding(*call.document));
  call.operation = Operation::embeddings;
  call.embedding = std::move(parsed.request);
  call.pass_through = true;
  return take_inputs_options(call, parsed.maester, call.embedding.model, call.embedding.user);
}

std::int64_t EmbeddingsSurface::estimate_input_tokens(const Call& call) const {
  return estimate_inputs(call);
}

Error EmbeddingsSurface::budget_refusal(const Call& call) const {
  return request_budget_refusal(call);
}

std::string EmbeddingsSurface::write_answer(const Call& call) const {
  const Attempt& attempt = *call.attempt();
  EmbeddingResponse answer = attempt.vectors;
  if (answer.model.empty()) answer.model = attempt.target->upstream_model;
  return encode_embedding_answer(answer, call.embedding.base64,
                                 attempt.usage.value_or(meter::Usage{}), maester_json(call));
}

}  // namespace maester::gateway
