// A route: what it answers to, who may call it, and the function that does. All of them stand in
// one table (routes.cc), from which routing, authorisation and the OpenAPI document are made; a
// route that declares no access does not compile.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "access/principal.h"
#include "api/dependencies.h"
#include "base/result.h"
#include "runtime/core.h"
#include "wire/server.h"

namespace maester::api {

// Who may call a route. Every one but `open` needs a key (or development mode).
enum class Access : std::uint8_t { open, viewer, member, admin };

// In which shape errors are told.
enum class ErrorStyle : std::uint8_t { problem, openai };

struct Answer {
  int status = 200;
  std::string body;
  std::string_view content_type = "application/json";
  wire::Headers headers;
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

}  // namespace maester::api
