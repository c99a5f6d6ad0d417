#include "gateway/providers/common/refuse.h"

#include <string>

#include "gateway/providers/anthropic/adapter.h"

namespace maester::gateway::anthropic {

namespace {

std::unexpected<Error> refuse(std::string param, const std::string& why) {
  return fail(Code::invalid_request, "Anthropic's models cannot honour `" + param + "`: " + why,
              param);
}

// The digits before an exponent are all zero: "0", "-0.00", "0e5".
bool is_zero(std::string_view number) {
  number = number.substr(0, number.find_first_of("eE"));
  return number.find_first_of("123456789") == std::string_view::npos;
}

// True for a non-negative decimal above one; the surface has checked that it is at most two.
bool above_one(const std::string& number) {
  const std::string quoted = "[" + number + "]";
  const auto doc = json::Document::parse(quoted);
  if (!doc) return false;
  const auto value = doc->root().at(0).as_double();
  return value && *value > 1.0;
}

Status refuse_sampling(const ChatRequest& request) {
  if (request.n.value_or(1) > 1) return refuse("n", "they give one answer; send `n` requests.");
  if (request.seed) return refuse("seed", "leave it out.");
  if (!is_zero(request.frequency_penalty)) return refuse("frequency_penalty", "leave it out.");
  if (!is_zero(request.presence_penalty)) return refuse("presence_penalty", "leave it out.");
  if (!request.temperature.empty() && above_one(request.temperature)) {
    return refuse("temperature", "it may be 0 to 1 there.");
  }
  return {};
}

}  // namespace

Status refuse_inexpressible(const ChatRequest& request) {
  for (const std::string& name : request.unknown_fields) {
    if (!providers::is_ignorable_field(name)) return refuse(name, "leave it out.");
  }
  TRY(refuse_sampling(request));
  if (request.response_format) {
    const ResponseFormat& format = *request.response_format;
    if (format.kind == ResponseFormat::Kind::json_object) {
      return refuse("response_format", "ask for `json_schema` with a schema.");
    }
    if (format.kind == ResponseFormat::Kind::json_schema && format.schema.empty()) {
      return refuse("response_format", "`json_schema.schema` is missing.");
    }
  }
  const std::string& tier = request.service_tier;
  if (!tier.empty() && tier != "auto" && tier != "default" && tier != "standard_only") {
    return refuse("service_tier", "they know `auto` and `default`.");
  }
  return {};
}

}  // namespace maester::gateway::anthropic
