#include "codec/json_writer.h"
#include "gateway/surfaces/openai_chat.h"

namespace maester::gateway {

namespace {

void write_or_null(json::Writer& w, std::string_view name, std::string_view text) {
  w.key(name);
  if (text.empty())
    w.null();
  else
    w.value(text);
}

}  // namespace

void append_openai_error(std::string& out, const OpenAiError& error) {
  json::Writer w(out);
  w.begin_object().key("error").begin_object().field("message", error.message);
  w.field("type", error.type);
  write_or_null(w, "param", error.param);
  write_or_null(w, "code", error.code);
  w.optional_field("request_id", error.request_id);
  if (!error.detail_name.empty()) w.raw_field(error.detail_name, error.detail_json);
  w.end_object().end_object();
}

void append_openai_error_event(std::string& out, const OpenAiError& error) {
  out += "data: ";
  append_openai_error(out, error);
  out += "\n\n";
}

std::string_view openai_error_type(int status) {
  switch (status) {
    case 401:
      return "authentication_error";
    case 402:
      return "insufficient_quota";
    case 403:
      return "permission_error";
    case 429:
      return "rate_limit_error";
    default:
      return status >= 500 ? "server_error" : "invalid_request_error";
  }
}

}  // namespace maester::gateway
