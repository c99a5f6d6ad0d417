// Reading a search.
#include <array>

#include "codec/json_object.h"
#include "knowledge/search.h"

namespace maester::knowledge {
namespace {

using retrieval::Condition;
using retrieval::FieldValue;
constexpr std::size_t kMaxQuery = 8u << 10;
constexpr std::size_t kMaxFilters = 32;
constexpr std::size_t kMaxValues = 1'000;

Result<FieldValue> read_value(json::Value value) {
  if (value.is_string()) return FieldValue(std::string(value.string_or("")));
  if (value.is_bool()) return FieldValue(value.bool_or(false));
  if (value.is_number()) {
    TRY_ASSIGN(const double number, value.as_double());
    return FieldValue(number);
  }
  return fail(Code::invalid_request,
              "`" + value.path() + "` must be a string, a number or a boolean.", value.path());
}

Result<Condition> read_condition(std::string_view field, json::Value op) {
  Condition out;
  out.field = field;
  static constexpr std::array<std::pair<std::string_view, Condition::Op>, 5> kOps{
      {{"in", Condition::Op::in},
       {"gte", Condition::Op::gte},
       {"lte", Condition::Op::lte},
       {"ne", Condition::Op::not_equal},
       {"eq", Condition::Op::equal}}};
  for (const auto& [name, what] : kOps) {
    if (op.key() != name) continue;
    out.op = what;
    if (what != Condition::Op::in) {
      TRY_ASSIGN(out.values.emplace_back(), read_value(op));
      return out;
    }
    if (!op.is_array() || op.size() > kMaxValues) {
      return fail(Code::invalid_request,
                  "`" + op.path() + "` must be an array of up to 1,000 values.", op.path());
    }
    for (const json::Value value : op) {
      TRY_ASSIGN(out.values.emplace_back(), read_value(value));
    }
    return out;
  }
  return fail(Code::invalid_request,
              "`" + op.path() + "` is no condition: use a value or one of in, gte, lte, ne.",
              op.path());
}

}  // namespace

Result<std::vector<Condition>> read_filters(json::Value filters) {
  std::vector<Condition> out;
  if (filters.empty()) return out;
  if (!filters.is_object() || filters.size() > kMaxFilters) {
    return fail(
        Code::invalid_request,
        "`filters` must be an object of up to 32 fields: {field: value | {in|gte|lte|ne: ..}}.",
        "filters");
  }
  for (const json::Value field : filters) {
    if (!field.is_object()) {
      Condition& made = out.emplace_back();
      made.field = field.key();
      TRY_ASSIGN(made.values.emplace_back(), read_value(field));
      continue;
    }
    for (const json::Value op : field) {
      TRY_ASSIGN(out.emplace_back(), read_condition(field.key(), op));
    }
  }
  return out;
}

Result<SearchRequest> read_search_request(json::Value body) {
  static constexpr std::array<std::string_view, 7> kKnown{
      "query", "top_k", "mode", "filters", "explain", "cursor", "index_version"};
  TRY(json::only_known(body, kKnown));
  SearchRequest out;
  TRY_ASSIGN(const std::string_view query, body.get("query").as_string());
  if (query.empty() || query.size() > kMaxQuery)
    return fail(Code::invalid_request, "`query` must have 1 to 8,192 bytes.", "query");
  out.query = query;
  if (const json::Value top_k = body.get("top_k"); !top_k.empty()) {
    TRY_ASSIGN(const std::int64_t n, top_k.as_int());
    if (n < 1 || n > 200)
      return fail(Code::invalid_request, "`top_k` must be from 1 to 200.", "top_k");
    out.top_k = static_cast<std::size_t>(n);
  }
  if (const json::Value mode = body.get("mode"); !mode.empty()) {
    TRY_ASSIGN(const std::string_view name, mode.as_string());
    if (name == "lexical") {
      out.mode = retrieval::Mode::lexical;
    } else if (name == "vector") {
      out.mode = retrieval::Mode::vector;
    } else if (name != "hybrid") {
      return fail(Code::invalid_request, "`mode` must be \"hybrid\", \"lexical\" or \"vector\".",
                  "mode");
    }
  }
  TRY_ASSIGN(out.filters, read_filters(body.get("filters")));
  if (const json::Value explain = body.get("explain"); !explain.empty()) {
    TRY_ASSIGN(out.explain, explain.as_bool());
  }
  if (const json::Value version = body.get("index_version"); !version.empty()) {
    TRY_ASSIGN(out.version, gateway::read_index_version(version));
  }
  if (const json::Value cursor = body.get("cursor"); !cursor.empty()) {
    TRY_ASSIGN(const std::string_view text, cursor.as_string());
    out.cursor = text;
  }
  return out;
}

}  // namespace maester::knowledge
