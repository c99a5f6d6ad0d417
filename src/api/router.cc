#include "api/router.h"

#include <algorithm>
#include <array>

#include "api/match.h"
#include "codec/json_writer.h"
#include "gateway/problem.h"
#include "gateway/surfaces/anthropic_messages.h"
#include "gateway/surfaces/openai_chat.h"

namespace maester::api {
namespace {

bool is_loopback_authority(std::string_view authority) {
  static constexpr std::array<std::string_view, 3> kLoopback{"127.0.0.1", "localhost", "[::1]"};
  return std::any_of(kLoopback.begin(), kLoopback.end(), [&](std::string_view host) {
    return authority == host ||
           (authority.starts_with(host) && authority.substr(host.size()).starts_with(':'));
  });
}

// In development mode no key is needed, so a web page must not be able to speak to us: DNS
// rebinding shows in Host, a foreign page in Origin.
Status check_development_guard(const wire::Headers& headers) {
  if (!is_loopback_authority(headers.get("host"))) {
    return fail(Code::forbidden,
                "In development mode only loopback hosts are served; ask http://127.0.0.1 or "
                "http://localhost.");
  }
  std::string_view origin = headers.get("origin");
  if (origin.empty()) return {};
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme) && is_loopback_authority(origin.substr(scheme.size())))
      return {};
  }
  return fail(Code::forbidden, "In development mode requests from a foreign web page are refused.");
}

Result<access::Principal> authorise(const Context& context) {
  const Access access = context.route.access;
  if (access.scope() == Scope::open) return access::Principal{};
  TRY_ASSIGN(access::Principal principal,
             context.deps.services().authenticator.authenticate(context.request.headers(),
                                                                context.request.peer_address()));
  TRY(access.check(principal));
  return principal;
}

// One that fails on its way is not finished, which the client sees.
runtime::Task<void> stream(wire::ServerResponse& response, Answer answer) {
  if (!response.start_stream(answer.status, std::move(answer.headers))) co_return;
  for (;;) {
    auto reading = answer.source->next();
    const Result<std::string> piece = co_await std::move(reading);
    if (!piece) co_return;
    if (piece->empty()) break;
    auto writing = response.write(*piece);
    if (!co_await std::move(writing)) co_return;
  }
  auto finishing = response.finish();
  (void)co_await std::move(finishing);
}

runtime::Task<void> send(wire::ServerResponse& response, Answer answer,
                         std::string_view request_id) {
  answer.headers.set("content-type", std::string(answer.content_type));
  if (!answer.headers.has("x-request-id"))
    answer.headers.set("x-request-id", std::string(request_id));
  if (answer.source != nullptr) {
    auto streaming = stream(response, std::move(answer));
    co_return co_await std::move(streaming);
  }
  auto responding = response.respond(answer.status, std::move(answer.headers), answer.body);
  (void)co_await std::move(responding);
}

runtime::Task<void> run_handler(Context& context) {
  auto principal = authorise(context);
  if (!principal) {
    auto sending = send(context.response,
                        error_answer(principal.error(), context.route.errors, context.request_id),
                        context.request_id);
    co_await std::move(sending);
    co_return;
  }
  context.principal = std::move(*principal);
  auto handling = context.route.handler(context);
  auto answer = co_await std::move(handling);
  if (!answer) {
    if (answer.error().code == Code::internal || !answer.error().detail.empty()) {
      context.deps.services()
          .log.event(obs::Level::error, "request_failed")
          .field("request_id", context.request_id)
          .field("path", context.route.pattern)
          .field("code", to_string(answer.error().code))
          .field("detail", answer.error().detail);
    }
    answer = error_answer(answer.error(), context.route.errors, context.request_id);
  }
  auto sending = send(context.response, std::move(*answer), context.request_id);
  co_await std::move(sending);
}

struct Found {
  const Route* route = nullptr;
  std::vector<std::string> parameters;
  std::string allowed;  // methods of the path, when only the method is wrong
};

Found find_route(std::string_view method, std::string_view path) {
  Found found;
  for (const Route& route : routes()) {
    auto parameters = match(route.pattern, path);
    if (!parameters) continue;
    if (route.method == method) return {&route, std::move(*parameters), {}};
    if (!found.allowed.empty()) found.allowed += ", ";
    found.allowed += route.method;
  }
  return found;
}

Answer unrouted(const Found& found, std::string_view path, std::string_view request_id) {
  if (found.allowed.empty()) {
    return error_answer(
        make_error(Code::not_found, "There is nothing at `" + std::string(path.substr(0, 256)) +
                                        "`. GET /openapi.json lists what there is."),
        ErrorStyle::openai, request_id);
  }
  Answer answer =
      error_answer(make_error(Code::invalid_request, "This path takes " + found.allowed + "."),
                   ErrorStyle::openai, request_id);
  answer.status = 405;
  answer.headers.set("allow", found.allowed);
  return answer;
}

runtime::Task<void> handle(const Dependencies& deps, wire::ServerRequest& request,
                           wire::ServerResponse& response) {
  const std::string request_id = runtime::Core::current()->ids().uuid().to_string();
  Found found = find_route(request.method(), request.path());
  const ErrorStyle style = found.route != nullptr ? found.route->errors : ErrorStyle::openai;
  std::optional<Answer> refusal;
  if (deps.dev) {
    if (Status good = check_development_guard(request.headers()); !good)
      refusal = error_answer(good.error(), style, request_id);
  }
  if (!refusal && found.route == nullptr) refusal = unrouted(found, request.path(), request_id);
  if (refusal) {
    auto sending = send(response, std::move(*refusal), request_id);
    co_await std::move(sending);
    co_return;
  }
  Context context{deps,      request, response, *found.route, {}, std::move(found.parameters),
                  request_id};
  auto running =
      found.route->pipeline != nullptr ? found.route->pipeline(context) : run_handler(context);
  co_await std::move(running);
}

}  // namespace

wire::Handler make_handler(const Dependencies& deps) {
  return [&deps](wire::ServerRequest& request, wire::ServerResponse& response) {
    return handle(deps, request, response);
  };
}

Answer error_answer(const Error& error, ErrorStyle style, std::string_view request_id,
                    const ErrorDetail& detail) {
  Answer answer;
  answer.status = gateway::http_status(error.code);
  if (style == ErrorStyle::anthropic) {
    gateway::append_anthropic_error(
        answer.body, {error.message, gateway::anthropic_error_type(answer.status), error.param,
                      to_string(error.code), request_id, detail.name, detail.json});
  } else if (style == ErrorStyle::openai) {
    gateway::append_openai_error(
        answer.body, {error.message, gateway::openai_error_type(answer.status), error.param,
                      to_string(error.code), request_id, detail.name, detail.json});
  } else {
    answer.content_type = "application/problem+json";
    json::Writer w(answer.body);
    w.begin_object()
        .field("type", "about:blank")
        .field("title", wire::reason_phrase(answer.status));
    w.field("status", answer.status)
        .field("code", to_string(error.code))
        .field("detail", error.message);
    w.optional_field("param", error.param).field("request_id", request_id);
    if (!detail.name.empty()) w.raw_field(detail.name, detail.json);
    w.end_object();
  }
  if (!gateway::worth_retrying(error.code)) answer.headers.set("x-should-retry", "false");
  if (answer.status == 429 || answer.status == 503) answer.headers.set("retry-after", "1");
  if (answer.status == 401) answer.headers.set("www-authenticate", "Bearer");
  return answer;
}

std::string wire_error_body(int status, std::string_view code, std::string_view message) {
  std::string body;
  gateway::append_openai_error(body, {message, gateway::openai_error_type(status), {}, code, {}});
  return body;
}

}  // namespace maester::api
