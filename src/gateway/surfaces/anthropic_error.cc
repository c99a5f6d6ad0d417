#include "codec/json_writer.h"
#include "gateway/surfaces/anthropic_messages.h"

namespace maester::gateway {

void append_anthropic_error(std::string& out, const AnthropicError& error) {
  json::Writer w(out);
  w.begin_object().field("type", "error").key("error").begin_object();
  w.field("type", error.type).field("message", error.message);
  w.optional_field("code", error.code).optional_field("param", error.param);
  if (!error.detail_name.empty()) w.raw_field(error.detail_name, error.detail_json);
  w.end_object();
  w.optional_field("request_id", error.request_id).end_object();
}

void append_anthropic_error_event(std::string& out, const AnthropicError& error) {
  out += "event: error\ndata: ";
  append_anthropic_error(out, error);
  out += "\n\n";
}

std::string_view anthropic_error_type(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 402:
      return "billing_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return "rate_limit_error";
    case 503:
    case 529:
      return "overloaded_error";
    case 504:
      return "timeout_error";
    default:
      return status >= 500 ? "api_error" : "invalid_request_error";
  }
}

}  // namespace maester::gateway
