#include "access/authenticator.h"

namespace maester::access {
namespace {

// The token of "Bearer TOKEN", scheme without case; "" for another scheme.
std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size()) return {};
  if (!wire::equals_ignore_case(authorization.substr(0, kScheme.size()), kScheme)) return {};
  std::string_view token = authorization.substr(kScheme.size());
  while (token.starts_with(' ')) token.remove_prefix(1);
  return token;
}

std::unexpected<Error> refusal() {
  return fail(Code::unauthenticated,
              "The API key is missing or not valid. Send it as `authorization: Bearer KEY` or as "
              "`x-api-key: KEY`.");
}

}  // namespace

Result<std::string_view> extract_credential(const wire::Headers& headers) {
  std::string_view found;
  for (const wire::Header& header : headers) {
    std::string_view credential;
    if (wire::equals_ignore_case(header.name, "authorization")) {
      credential = bearer_token(header.value);
    } else if (wire::equals_ignore_case(header.name, "x-api-key")) {
      credential = header.value;
    }
    if (credential.empty()) continue;
    if (!found.empty() && found != credential) {
      return fail(Code::invalid_request,
                  "`authorization` and `x-api-key` carry two different credentials: send one.");
    }
    found = credential;
  }
  return found;
}

Authenticator::Authenticator(runtime::Published<KeyView>& keys, const Clock& clock,
                             obs::Registry& metrics, bool dev)
    : keys_(keys), clock_(clock), dev_(dev) {
  for (std::size_t i = 0; i < kRefusals; ++i) {
    refused_[i] = &metrics.counter(
        "maester_auth_refused_total", "Requests refused for their key.",
        {{"reason", std::string(to_string(Refusal{static_cast<std::uint8_t>(i)}))}});
  }
}

Result<Principal> Authenticator::authenticate(const wire::Headers& headers,
                                              std::string_view peer) const {
  TRY_ASSIGN(const std::string_view credential, extract_credential(headers));
  if (dev_ && !credential.starts_with(kKeyPrefix))
    return Principal{"default", "dev", Role::admin, nullptr, {}};
  const auto found = keys_.current()->find(credential, peer, clock_);
  if (found) return (*found)->principal;
  refused_[static_cast<std::size_t>(found.error())]->add();
  return refusal();
}

Result<Principal> Authenticator::principal_of(std::string_view tenant,
                                              std::string_view key_id) const {
  if (key_id.empty()) {
    Principal own;
    own.tenant = tenant;
    own.role = Role::member;
    return own;
  }
  if (dev_ && key_id == "dev" && tenant == "default")
    return Principal{"default", "dev", Role::admin, nullptr, {}};
  const auto found = keys_.current()->find_id(tenant, key_id, clock_);
  if (found) return (*found)->principal;
  refused_[static_cast<std::size_t>(found.error())]->add();
  return fail(Code::unauthenticated, "The key in whose name this runs (" + std::string(key_id) +
                                         ") is " + std::string(to_string(found.error())) +
                                         ": start it again with another key.");
}

}  // namespace maester::access
