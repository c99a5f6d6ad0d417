#include "access/authenticator.h"

#include <cstring>

#include "access/api_key.h"

namespace maester::access {
namespace {

constexpr std::size_t kShortestKey = 16;

std::string_view as_view(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// The token of "Bearer TOKEN", scheme without case; "" for another scheme.
std::string_view bearer_token(std::string_view authorization) {
  constexpr std::string_view kScheme = "bearer ";
  if (authorization.size() <= kScheme.size()) return {};
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    const char c = authorization[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c) != kScheme[i]) return {};
  }
  std::string_view token = authorization.substr(kScheme.size());
  while (token.starts_with(' ')) token.remove_prefix(1);
  return token;
}

std::unexpected<Error> refused() {
  return fail(Code::unauthenticated,
              "The API key is missing or not valid. Send it as `authorization: Bearer KEY` or as "
              "`x-api-key: KEY`.");
}

}  // namespace

std::size_t Authenticator::DigestHash::operator()(const Sha256& digest) const noexcept {
  std::size_t value = 0;
  std::memcpy(&value, digest.data(), sizeof value);
  return value;
}

Status Authenticator::add(std::string_view key, std::string key_id, std::string tenant, Role role) {
  if (key.size() < kShortestKey) {
    return fail(Code::invalid_request,
                "The key `" + key_id + "` is shorter than 16 characters: use a long random one.");
  }
  if (key.starts_with(kKeyPrefix) && !parse_key(key)) {
    return fail(Code::invalid_request,
                "The key `" + key_id + "` begins with `mst_` but is not a whole Maester key.");
  }
  const bool fresh =
      by_digest_.emplace(sha256(key), Principal{std::move(tenant), key_id, role, nullptr, {}})
          .second;
  if (!fresh) return fail(Code::conflict, "The key `" + key_id + "` is given twice.");
  return {};
}

Result<Principal> Authenticator::authenticate(std::string_view authorization,
                                              std::string_view x_api_key) const {
  const std::string_view bearer = bearer_token(authorization);
  if (!bearer.empty() && !x_api_key.empty() && bearer != x_api_key) {
    return fail(Code::invalid_request,
                "`authorization` and `x-api-key` carry two different credentials: send one.");
  }
  const std::string_view credential = !bearer.empty() ? bearer : x_api_key;
  if (dev_ && !credential.starts_with(kKeyPrefix))
    return Principal{"default", "dev", Role::admin, nullptr, {}};
  // The look-up goes by the digest of the whole key, so its time says nothing about a stored key;
  // the comparison is constant in time all the same, and made for a miss too.
  const Sha256 digest = sha256(credential);
  const auto found = by_digest_.find(digest);
  const Sha256 none{};
  const bool equal = equal_constant_time(as_view(digest),
                                         as_view(found == by_digest_.end() ? none : found->first));
  if (credential.empty() || !equal) return refused();
  return found->second;
}

}  // namespace maester::access
