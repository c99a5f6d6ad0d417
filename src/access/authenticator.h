// From a credential to a principal. Immutable once built, so every core uses it without a lock.
//
// Until keys are objects of the API, the keys are those of the configuration file and the admin key
// that the first start writes. An unknown, malformed or wrong credential gets one and the same
// error.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "access/principal.h"
#include "base/hash.h"
#include "base/result.h"

namespace maester::access {

class Authenticator {
 public:
  // In development mode no key is needed: a credential that is not one of ours is ignored, one that
  // begins with `mst_` is verified.
  explicit Authenticator(bool dev) : dev_(dev) {}

  // Configuration keys may have any form of at least 16 characters; ours are checked for typos.
  // Fails with Code::invalid_request (never showing the key) or Code::conflict for a key given
  // twice.
  Status add(std::string_view key, std::string key_id, std::string tenant, Role role);

  // `authorization` and `x_api_key` are the header values, "" when absent. Two different
  // credentials are Code::invalid_request; none or a wrong one Code::unauthenticated.
  Result<Principal> authenticate(std::string_view authorization, std::string_view x_api_key) const;

 private:
  struct DigestHash {
    std::size_t operator()(const Sha256& digest) const noexcept;
  };
  bool dev_;
  std::unordered_map<Sha256, Principal, DigestHash> by_digest_;
};

}  // namespace maester::access
