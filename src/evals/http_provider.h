// A service that is asked over HTTP: `id: https://...`, or `id: http` with a `config`.
//
//   config:
//     url: https://example.com/chat          (with a query, if need be)
//     method: POST                           (GET, PUT, PATCH)
//     headers: {x-team: evals}
//     body: {question: '{{prompt}}'}         every text is a template that sees `prompt`
//     transformResponse: json.answer.text    an expression that sees `json`, `text`, `status`
//
// An answer that is not 2xx is an error. Redirects are not followed; which addresses may be reached
// is the port's affair (RULES.md §6).
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "evals/provider.h"
#include "evals/suite.h"

namespace maester::evals {

struct HttpAsk {
  std::string method, url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  milliseconds timeout{0};  // 0 = the port's own
};
struct HttpReply {
  int status = 0;
  std::string body;
};

class HttpPort {
 public:
  virtual ~HttpPort() = default;
  // Thread-safe, blocking. Fails when there was no whole answer, or the address is not allowed.
  virtual Result<HttpReply> fetch(HttpAsk ask) = 0;
};

bool is_http_provider(std::string_view id);
// Fails with Code::invalid_request, naming the member of `config` that is unknown, malformed or
// needs code. The port must outlive the provider.
Result<std::unique_ptr<EvalProvider>> http_provider(HttpPort& port, const SuiteProvider& wanted);

}  // namespace maester::evals
