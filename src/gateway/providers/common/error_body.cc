#include "gateway/providers/common/error_body.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "gateway/providers/common/duration.h"
#include "gateway/providers/common/scrub.h"

namespace maester::gateway::providers {

namespace {

using std::chrono::milliseconds;

// A string or a number as text; "" for anything else.
std::string scalar_text(json::Value value) {
  if (value.is_string()) return std::string(value.string_or(""));
  if (value.is_number()) return std::string(value.raw());
  return {};
}

std::string lower(std::string_view text) {
  std::string out(text.substr(0, 4096));
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

int as_status(std::int64_t number) {
  return number >= 400 && number <= 599 ? static_cast<int>(number) : 0;
}
int as_status(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? as_status(number) : 0;
}

// {"detail": "text" | {"message"} | [{"msg", "loc"}]}, as FastAPI servers and Mistral write it.
std::string detail_text(json::Value detail) {
  if (detail.is_string()) return std::string(detail.string_or(""));
  if (detail.is_array()) return std::string(detail.at(0).get("msg").string_or(""));
  return std::string(detail.get("message").string_or(""));
}

std::string message_text(json::Value holder) {
  const json::Value message = holder.get("message");
  if (message.is_object()) return detail_text(message.get("detail"));
  return std::string(message.string_or(holder.get("msg").string_or("")));
}

void read_details(json::Value details, ErrorBody& out) {
  for (const json::Value d : details) {
    if (out.retry_delay.empty()) out.retry_delay = d.get("retryDelay").string_or("");
  }
}

void read_fields(json::Value holder, ErrorBody& out) {
  out.message = message_text(holder);
  out.type = scalar_text(holder.get("type"));
  if (out.type.empty()) out.type = holder.get("status").string_or("");
  out.code = scalar_text(holder.get("code"));
  out.param = holder.get("param").string_or("");
  out.status = as_status(holder.get("status_code").int_or(0));
  if (out.status == 0) out.status = as_status(out.code);
  const json::Value inner = holder.get("innererror");
  if (!inner.empty() && out.type.empty()) out.type = inner.get("code").string_or("");
  read_details(holder.get("details"), out);
}

// What an error's own words say about its status, for errors that arrive without one (inside a
// stream).
struct TypeStatus {
  std::string_view word;
  int status;
};
constexpr std::array kTypeStatus = {
    TypeStatus{"authentication", 401},    TypeStatus{"invalid_api_key", 401},
    TypeStatus{"permission", 403},        TypeStatus{"not_found", 404},
    TypeStatus{"request_too_large", 413}, TypeStatus{"insufficient_quota", 429},
    TypeStatus{"rate_limit", 429},        TypeStatus{"ratelimit", 429},
    TypeStatus{"billing", 402},           TypeStatus{"overloaded", 529},
    TypeStatus{"timeout", 504},           TypeStatus{"invalid_request", 400},
    TypeStatus{"badrequest", 400},        TypeStatus{"exceed_context", 400},
    TypeStatus{"context_length", 400},    TypeStatus{"content_filter", 400},
    TypeStatus{"content_policy", 400}};

int implied_status(const ErrorBody& body, std::string_view type, std::string_view code) {
  if (body.status != 0) return body.status;
  for (const TypeStatus& entry : kTypeStatus) {
    if (code.find(entry.word) != std::string_view::npos ||
        type.find(entry.word) != std::string_view::npos) {
      return entry.status;
    }
  }
  return 500;
}

ErrorClass classify_rejection(int status, std::string_view type, std::string_view code,
                              std::string_view message) {
  if (contains_any(code, {"context_length", "string_above_max_length"}) ||
      contains_any(type, {"exceed_context", "context_length"}) ||
      contains_any(message, {"maximum context length", "context size", "context window",
                             "context limit", "prompt is too long", "context_length_exceeded",
                             "input is too long", "too many tokens"}) ||
      (status == 413 && contains_any(message, {"tokens per minute"}))) {
    return ErrorClass::context_length;
  }
  if (contains_any(code, {"content_filter", "content_policy", "moderation", "safety"}) ||
      contains_any(type, {"content_filter", "content_policy", "responsibleaipolicy"}) ||
      contains_any(message, {"content management policy", "content policy",
                             "content filtering policy", "usage policies"})) {
    return ErrorClass::content;
  }
  if (contains_any(code, {"invalid_api_key"}) ||
      contains_any(message, {"api key not valid", "invalid api key"})) {
    return ErrorClass::credential;
  }
  return ErrorClass::request;
}

// "try again in 1.2s", "retry after 41 seconds"
std::optional<milliseconds> wait_in_text(std::string_view message) {
  const std::string text = lower(message);
  for (const std::string_view phrase : {"try again in ", "retry after ", "retry in "}) {
    const std::size_t at = text.find(phrase);
    if (at == std::string::npos) continue;
    if (const auto wait = parse_duration(std::string_view(text).substr(at + phrase.size()))) {
      return wait;
    }
  }
  return std::nullopt;
}

std::optional<milliseconds> until(const wire::Headers& headers, std::string_view when) {
  const auto then = parse_date(when), now = parse_date(headers.get("date"));
  if (!then || !now) return std::nullopt;
  return std::max(milliseconds{0}, std::chrono::duration_cast<milliseconds>(*then - *now));
}

// The longest reset among the limits that are used up.
std::optional<milliseconds> wait_for_limits(const wire::Headers& headers) {
  std::optional<milliseconds> longest;
  const auto consider = [&](std::string remaining, std::string reset) {
    if (headers.get(remaining) != "0") return;
    const std::string_view value = headers.get(reset);
    auto wait = parse_duration(value);
    if (!wait) wait = until(headers, value);
    if (wait) longest = std::max(longest.value_or(milliseconds{0}), *wait);
  };
  for (const std::string_view kind : {"requests", "tokens"}) {
    const std::string k(kind);
    consider("x-ratelimit-remaining-" + k, "x-ratelimit-reset-" + k);
    consider("anthropic-ratelimit-" + k + "-remaining", "anthropic-ratelimit-" + k + "-reset");
    consider("anthropic-ratelimit-input-" + k + "-remaining",
             "anthropic-ratelimit-input-" + k + "-reset");
    consider("anthropic-ratelimit-output-" + k + "-remaining",
             "anthropic-ratelimit-output-" + k + "-reset");
  }
  return longest;
}

}  // namespace

bool contains_any(std::string_view text, std::initializer_list<std::string_view> needles) {
  return std::any_of(needles.begin(), needles.end(),
                     [&](std::string_view n) { return text.find(n) != std::string_view::npos; });
}

bool is_error_value(json::Value root) {
  return !root.get("error").empty() || root.get("object").string_or("") == "error" ||
         root.get("type").string_or("") == "error";
}

ErrorBody read_error_value(json::Value root) {
  ErrorBody out;
  if (root.is_array()) root = root.at(0);
  if (!root.is_object()) return out;
  const json::Value error = root.get("error");
  if (error.is_object()) {
    read_fields(error, out);
  } else {
    read_fields(root, out);
    if (error.is_string()) out.message = error.string_or("");
    if (out.message.empty()) out.message = detail_text(root.get("detail"));
  }
  out.readable = !out.message.empty() || !out.type.empty() || !out.code.empty();
  return out;
}

ErrorBody read_error_body(std::string_view body) {
  const auto doc = json::Document::parse(body);
  return doc ? read_error_value(doc->root()) : ErrorBody{};
}

ErrorClass classify_error(int status, const ErrorBody& body) {
  const std::string type = lower(body.type), code = lower(body.code), message = lower(body.message);
  if (contains_any(code, {"insufficient_quota", "billing_hard_limit", "billing_not_active"}) ||
      contains_any(type, {"insufficient_quota", "billing_error"}) ||
      contains_any(message, {"exceeded your current quota", "credit balance is too low"})) {
    return ErrorClass::quota;
  }
  if (status < 400) status = implied_status(body, type, code);
  switch (status) {
    case 401:
    case 403:
      return classify_rejection(status, type, code, message) == ErrorClass::content
                 ? ErrorClass::content
                 : ErrorClass::credential;
    case 402:
      return ErrorClass::quota;
    case 408:
    case 409:
    case 425:
      return ErrorClass::retryable;
    case 429:
      return ErrorClass::rate_limited;
    default:
      return status >= 500 ? ErrorClass::retryable
                           : classify_rejection(status, type, code, message);
  }
}

std::optional<milliseconds> read_retry_after(const wire::Headers& headers, const ErrorBody& body) {
  if (const auto ms = parse_decimal(headers.get("retry-after-ms"), milliseconds{1})) return ms;
  const std::string_view after = headers.get("retry-after");
  if (const auto s = parse_decimal(after, milliseconds{1000})) return s;
  if (const auto date = until(headers, after)) return date;
  if (const auto delay = parse_duration(body.retry_delay)) return delay;
  if (const auto text = wait_in_text(body.message)) return text;
  return wait_for_limits(headers);
}

ProviderError make_provider_error(int status, const wire::Headers& headers, ErrorBody body) {
  ProviderError error;
  error.error_class = classify_error(status, body);
  error.status = status;
  error.type = scrub(body.type);
  error.code = scrub(body.code);
  error.param = scrub(body.param);
  error.message = body.readable && !body.message.empty()
                      ? scrub(body.message)
                      : "The provider answered " + std::to_string(status) +
                            " without a message that could be read.";
  const bool waits =
      error.error_class == ErrorClass::retryable || error.error_class == ErrorClass::rate_limited;
  if (waits) error.retry_after = read_retry_after(headers, body);
  return error;
}

}  // namespace maester::gateway::providers
