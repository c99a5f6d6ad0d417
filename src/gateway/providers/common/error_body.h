// Reads what providers answer instead of an answer, in every shape that was seen
// (docs/reference/traps.md, "Errors"), and classifies it. Adapters add what only their provider
// says. Pure; never fails: an unreadable body is described.
#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "codec/json.h"
#include "gateway/provider.h"
#include "wire/http.h"

namespace maester::gateway::providers {

// The provider's own words; scrubbed when they become a ProviderError, not before.
struct ErrorBody {
  std::string type, code, param, message;
  int status = 0;           // what the body says itself (`code: 503`, `status_code`), 0 = nothing
  std::string retry_delay;  // Google's RetryInfo "34.4s"
  bool readable = false;    // false: empty, HTML, or no known shape
};

ErrorBody read_error_body(std::string_view body);
ErrorBody read_error_value(json::Value root);
// True for a value that is an error object and no answer: {"error": ...}, {"object":"error"},
// {"type":"error"}.
bool is_error_value(json::Value root);

// The class by status and words. `status` 200 stands for an error inside a stream: the body's own
// words decide.
ErrorClass classify_error(int status, const ErrorBody& body);

// How long the provider asks to wait: retry-after-ms, retry-after (seconds, or a date measured
// against the answer's own `date`), Google's retryDelay, "try again in 1.2s" in the message, then
// the x-ratelimit-reset-* of what is used up.
std::optional<std::chrono::milliseconds> read_retry_after(const wire::Headers& headers,
                                                          const ErrorBody& body);

// The whole of it: what Provider::classify answers.
ProviderError make_provider_error(int status, const wire::Headers& headers, ErrorBody body);

bool contains_any(std::string_view text, std::initializer_list<std::string_view> needles);

}  // namespace maester::gateway::providers
