#include "gateway/surfaces/rerank_surface.h"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/json_writer.h"
#include "gateway/surfaces/chat_common.h"
#include "gateway/surfaces/inputs_common.h"

namespace maester::gateway {
namespace {

constexpr std::size_t kMaxDocuments = 1'000;
constexpr std::array<std::string_view, 8> kKnown{
    "model", "query",  "documents", "top_n", "return_documents", "max_tokens_per_doc",
    "user",  "maester"};

Status read_documents(json::Value documents, RerankRequest& out) {
  if (!documents.is_array() || documents.size() == 0) {
    return invalid_field("`documents` must be an array with at least one document.", "documents");
  }
  if (documents.size() > kMaxDocuments) {
    return invalid_field(
        "`documents` may hold at most " + std::to_string(kMaxDocuments) + " documents.",
        "documents");
  }
  out.documents.reserve(documents.size());
  for (const json::Value document : documents) {
    const json::Value text = document.is_object() ? document.get("text") : document;
    TRY_ASSIGN(out.documents.emplace_back(), text.as_string());
  }
  return {};
}

}  // namespace

Result<ParsedRerank> parse_rerank(const json::Document& document) {
  const json::Value root = document.root();
  if (!root.is_object()) return invalid_field("The request body must be a JSON object.", "");
  TRY(require_unique_keys(root));
  ParsedRerank out;
  RerankRequest& request = out.request;
  TRY_ASSIGN(out.maester, read_maester_member(root));
  TRY(read_string(root.get("model"), request.model));
  TRY_ASSIGN(request.query, root.get("query").as_string());
  if (request.query.empty()) return invalid_field("`query` is empty.", "query");
  TRY(read_documents(root.get("documents"), request));
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  TRY_ASSIGN(request.top_n, read_optional_int(root.get("top_n"), 1, kMost));
  TRY_ASSIGN(request.max_tokens_per_doc,
             read_optional_int(root.get("max_tokens_per_doc"), 1, kMost));
  TRY(read_bool(root.get("return_documents"), request.return_documents));
  for (const json::Value member : root) {
    const bool known = std::find(kKnown.begin(), kKnown.end(), member.key()) != kKnown.end();
    if (!known && !member.is_null()) request.unknown_fields.emplace_back(member.key());
  }
  return out;
}

Status RerankSurface::read(Call& call) const {
  TRY_ASSIGN(call.document, json::Document::parse(call.body));
  TRY_ASSIGN(ParsedRerank parsed, parse_rerank(*call.document));
  call.operation = Operation::rerank;
  call.rerank = std::move(parsed.request);
  std::string user;
  TRY(read_string(call.document->root().get("user"), user));
  return take_inputs_options(call, parsed.maester, call.rerank.model, user);
}

std::int64_t RerankSurface::estimate_input_tokens(const Call& call) const {
  return estimate_inputs(call);
}

Error RerankSurface::budget_refusal(const Call& call) const {
  return request_budget_refusal(call);
}

std::string RerankSurface::write_answer(const Call& call) const {
  const Attempt& attempt = *call.attempt();
  const RerankResponse& ranking = attempt.ranking;
  const meter::Usage usage = attempt.usage.value_or(meter::Usage{});
  std::string out;
  json::Writer w(out);
  w.begin_object().field("id", ranking.id.empty() ? call.id_text : ranking.id);
  w.field("model", ranking.model.empty() ? attempt.target->upstream_model : ranking.model);
  w.key("results").begin_array();
  std::size_t left = ranking.hits.size();
  if (call.rerank.top_n) left = std::min(left, static_cast<std::size_t>(*call.rerank.top_n));
  for (const RerankResponse::Hit& hit : ranking.hits) {
    if (left-- == 0) break;
    w.begin_object().field("index", hit.index).field("relevance_score", hit.score);
    if (call.rerank.return_documents) {
      w.key("document").begin_object();
      w.field("text", call.rerank.documents[static_cast<std::size_t>(hit.index)]).end_object();
    }
    w.end_object();
  }
  w.end_array().key("usage").begin_object().field("prompt_tokens", usage.prompt_tokens());
  w.field("total_tokens", usage.total_tokens()).end_object();
  w.key("meta").begin_object().key("billed_units").begin_object();
  w.field("search_units", usage.queries).end_object().end_object();
  if (const std::string maester = maester_json(call); !maester.empty())
    w.raw_field("maester", maester);
  w.end_object();
  return out;
}

}  // namespace maester::gateway
