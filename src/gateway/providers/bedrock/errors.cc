#include <array>
#include <utility>

#include "gateway/providers/bedrock/adapter.h"
#include "gateway/providers/common/error_body.h"

namespace maester::gateway::bedrock {

namespace {

struct Typed {
  std::string_view word;  // in lower case
  int status;
};
// The statuses of the API's reference; a model that failed is worth another try, whatever its 424
// says.
constexpr std::array kTypes = {Typed{"throttling", 429},         Typed{"modelnotready", 503},
                               Typed{"servicequota", 429},       Typed{"accessdenied", 403},
                               Typed{"unrecognizedclient", 403}, Typed{"expiredtoken", 403},
                               Typed{"invalidsignature", 403},   Typed{"validation", 400},
                               Typed{"resourcenotfound", 404},   Typed{"modeltimeout", 503},
                               Typed{"modelerror", 503},         Typed{"modelstreamerror", 503},
                               Typed{"internalserver", 500},     Typed{"serviceunavailable", 503}};

int status_of(std::string_view type, int status) {
  std::string lower(type.substr(0, 128));
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  for (const Typed& one : kTypes) {
    if (lower.starts_with(one.word)) return one.status;
  }
  return status;
}

providers::ErrorBody read(std::string_view type, std::string_view body) {
  providers::ErrorBody out = providers::read_error_body(body);
  if (!out.readable && body.size() < 512 && !body.empty() && body.front() != '<') {
    out.message = body;  // an error frame has its message as it is
    out.readable = true;
  }
  if (!type.empty()) out.type = type;
  return out;
}

}  // namespace

// The type is in a header, possibly with an address behind a colon.
ProviderError classify(int status, const wire::Headers& headers, std::string_view body) {
  const std::string_view header = headers.get("x-amzn-errortype");
  const std::string_view type = header.substr(0, header.find(':'));
  ProviderError out =
      providers::make_provider_error(status_of(type, status), headers, read(type, body));
  out.status = status;
  return out;
}

ProviderError classify_exception(std::string_view type, std::string_view payload) {
  ProviderError out = providers::make_provider_error(status_of(type, 500), {}, read(type, payload));
  out.status = 200;
  return out;
}

}  // namespace maester::gateway::bedrock
