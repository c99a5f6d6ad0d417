// /openapi.json, generated from the route table, and the page at /.
#include <algorithm>
#include <map>

#include "api/handlers.h"
#include "api/operation.h"
#include "codec/json_writer.h"

namespace maester::api {
namespace {

std::string_view describe(ErrorStyle style) {
  switch (style) {
    case ErrorStyle::openai:
      return "An error in OpenAI's form.";
    case ErrorStyle::anthropic:
      return "An error in Anthropic's form.";
    case ErrorStyle::problem:
      break;
  }
  return "A problem (RFC 9457).";
}

std::string lower(std::string_view method) {
  std::string out(method);
  for (char& c : out) c = static_cast<char>(c | 0x20);
  return out;
}

void write_parameter(json::Writer& w, std::string_view name, std::string_view in) {
  w.begin_object().field("name", name).field("in", in).field("required", in == "path");
  w.key("schema").begin_object().field("type", name == "limit" ? "integer" : "string");
  w.end_object().end_object();
}

void write_parameters(json::Writer& w, std::string_view pattern, std::string_view query) {
  w.key("parameters").begin_array();
  for (std::size_t at = pattern.find('{'); at != std::string_view::npos;
       at = pattern.find('{', at + 1)) {
    write_parameter(w, pattern.substr(at + 1, pattern.find('}', at) - at - 1), "path");
  }
  while (!query.empty()) {
    const std::size_t space = std::min(query.find(' '), query.size());
    write_parameter(w, query.substr(0, space), "query");
    query.remove_prefix(std::min(space + 1, query.size()));
  }
  w.end_array();
}

void write_body(json::Writer& w, const Operation& operation) {
  w.key("requestBody").begin_object().key("content").begin_object();
  w.key("application/json").begin_object().raw_field("schema", operation.body);
  w.raw_field("example", operation.example).end_object().end_object().end_object();
}

void write_operation(json::Writer& w, const Route& route) {
  static constexpr Operation kUndescribed{};
  const Operation* described = operation_of(route);
  const Operation& operation = described == nullptr ? kUndescribed : *described;
  w.key(lower(route.method))
      .begin_object()
      .field("summary", route.summary)
      .field("x-maester-scope", to_string(route.access.scope()));
  if (route.access.scope() != Scope::open)
    w.field("x-maester-role", access::to_string(route.access.role()));
  write_parameters(w, route.pattern, operation.query);
  if (!operation.body.empty()) write_body(w, operation);
  w.key("responses").begin_object();
  w.key(std::to_string(operation.success)).begin_object().field("description", "Done.");
  w.end_object();
  w.key("default").begin_object().field("description", describe(route.errors));
  w.end_object().end_object();
  if (route.access.scope() == Scope::open) w.key("security").begin_array().end_array();
  w.end_object();
}

}  // namespace

runtime::Task<Result<Answer>> openapi(Context&) {
  std::map<std::string_view, std::vector<const Route*>> paths;
  for (const Route& route : routes()) paths[route.pattern].push_back(&route);
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().field("openapi", "3.1.0").key("info").begin_object();
  w.field("title", "Maester").field("version", MAESTER_VERSION).end_object();
  w.key("components")
      .begin_object()
      .key("securitySchemes")
      .begin_object()
      .key("key")
      .begin_object();
  w.field("type", "http").field("scheme", "bearer").end_object().end_object().end_object();
  w.key("security")
      .begin_array()
      .begin_object()
      .key("key")
      .begin_array()
      .end_array()
      .end_object()
      .end_array();
  w.key("paths").begin_object();
  for (const auto& [path, operations] : paths) {
    w.key(path).begin_object();
    for (const Route* route : operations) write_operation(w, *route);
    w.end_object();
  }
  w.end_object().end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> index(Context&) {
  Answer answer;
  answer.body = R"({"name":"maester","version":")" MAESTER_VERSION
                R"(","openapi":"/openapi.json","health":"/healthz"})";
  co_return answer;
}

}  // namespace maester::api
