// From a request's head to its principal: the one place where a credential is read and a key is
// checked. Unknown, wrong, revoked, expired and misplaced keys get one and the same error, and a
// counter by reason. Lock-free: reads the core's copy of the published keys.
#pragma once

#include <array>
#include <string_view>

#include "access/key_view.h"
#include "access/principal.h"
#include "base/clock.h"
#include "base/result.h"
#include "obs/metrics.h"
#include "runtime/published.h"
#include "wire/http.h"

namespace maester::access {

// What `authorization: Bearer` and `x-api-key` carry, "" when nothing; the view lives as long as
// the headers. Code::invalid_request for two different credentials, wherever they stand.
Result<std::string_view> extract_credential(const wire::Headers& headers);

class Authenticator {
 public:
  // In development mode no key is needed: a credential that is not one of ours is ignored, one that
  // begins with `mst_` is verified.
  Authenticator(runtime::Published<KeyView>& keys, const Clock& clock, obs::Registry& metrics,
                bool dev);

  // `peer` is the numeric address that the connection comes from. REQUIRES: on a core's thread.
  // Code::invalid_request of extract_credential(), else Code::unauthenticated.
  Result<Principal> authenticate(const wire::Headers& headers, std::string_view peer) const;

  // Who a key of this tenant is now, for work that Maester does in its name after its request ended
  // (a batch, an evaluation run). An empty `key_id` is Maester itself, as a member of the tenant.
  // REQUIRES: on a core's thread. Code::unauthenticated once the key is revoked or has expired.
  Result<Principal> principal_of(std::string_view tenant, std::string_view key_id) const;

 private:
  runtime::Published<KeyView>& keys_;
  const Clock& clock_;
  bool dev_;
  std::array<obs::Counter*, kRefusals> refused_{};
};

}  // namespace maester::access
