// A route: what it answers to, who may call it, and the function that does. All of them stand in
// one table (routes.cc), from which routing, authorisation, the OpenAPI document and the test of
// tenants' isolation are made; a route that declares no access does not compile.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/principal.h"
#include "api/dependencies.h"
#include "base/result.h"
#include "runtime/core.h"
#include "wire/server.h"

namespace maester::api {

// What a route reaches. `tenant`: what belongs to the caller's tenant and nothing else. `system`:
// what belongs to all, for an admin of tenant `default`. `open`: nothing that a key protects.
enum class Scope : std::uint8_t { open, tenant, system };

// Who may call a route and what it reaches. Has no default: a route without it does not compile.
class Access {
 public:
  static constexpr Access open() { return {Scope::open, access::Role::viewer}; }
  static constexpr Access tenant(access::Role role) { return {Scope::tenant, role}; }
  static constexpr Access all_tenants() { return {Scope::system, access::Role::admin}; }
  constexpr Scope scope() const { return scope_; }
  constexpr access::Role role() const { return role_; }  // of scope open: without meaning
  // Code::forbidden, saying what it takes.
  Status check(const access::Principal& principal) const;

 private:
  constexpr Access(Scope scope, access::Role role) : scope_(scope), role_(role) {}
  Scope scope_;
  access::Role role_;
};
std::string_view to_string(Scope scope);

// In which shape errors are told.
enum class ErrorStyle : std::uint8_t { problem, openai, anthropic };

// A body that is too long for memory.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // The next piece; "" at the end. A failure cuts the answer. Suspends.
  virtual runtime::Task<Result<std::string>> next() = 0;
};

struct Answer {
  int status = 200;
  std::string body;
  std::string_view content_type = "application/json";
  wire::Headers headers;
  std::shared_ptr<BodySource> source{};  // instead of `body`: sent as a stream
};

struct Route;

// One request at its route. Lives while the handler runs.
struct Context {
  const Dependencies& deps;
  wire::ServerRequest& request;
  wire::ServerResponse& response;
  const Route& route;
  access::Principal
      principal;  // not of routes that run the pipeline, which authenticates by itself
  std::vector<std::string> parameters;  // the pattern's {..}, decoded, in order
  std::string request_id;
};

using Handler = runtime::Task<Result<Answer>> (*)(Context&);
// Runs the pipeline and writes the whole answer.
using PipelineHandler = runtime::Task<void> (*)(Context&);

struct Route {
  std::string_view method;
  std::string_view pattern;  // "/v1/prompts/{name}/versions"
  Access access;
  ErrorStyle errors;
  std::string_view summary;  // one sentence, for OpenAPI
  Handler handler = nullptr;
  PipelineHandler pipeline = nullptr;  // exactly one of the two
};

// The table.
const std::vector<Route>& routes();

// Code::internal, naming the route, when one contradicts itself or another: no server starts with
// it.
Status check_routes(const std::vector<Route>& table);

}  // namespace maester::api
