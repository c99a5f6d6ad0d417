// Tenants and API keys as objects. Immutable once published (key_view.h); a change makes a new one.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "access/api_key.h"
#include "access/principal.h"
#include "base/clock.h"
#include "base/result.h"
#include "codec/json.h"
#include "codec/json_writer.h"

namespace maester::access {

struct Tenant {
  std::string name;
  WallTime created_at{};
};

// A digest of a secret, and the pepper that it was made with.
struct KeyDigest {
  Sha256 value{};
  std::int64_t pepper = 0;  // version; 0 = none is set, and nothing matches
};

struct Key {
  std::string id;    // within all tenants; public
  std::string name;  // for people
  KeyKind kind = KeyKind::tenant;
  Principal principal;  // tenant, role and terms; what a request with this key gets
  WallTime created_at{};
  std::string created_by;   // id of the key that made it
  bool configured = false;  // given by the configuration file or `admin.key`: not changed here
  bool revoked = false;
  KeyDigest digest;
  // After a rotation: the secret before it, and until when it still opens.
  KeyDigest previous;
  WallTime previous_until{};
};
using KeyPtr = std::shared_ptr<const Key>;

// What a new key is asked to be.
struct NewKey {
  std::string name;
  Role role = Role::member;
  KeyTerms terms;
};

inline constexpr std::size_t kMaxTerms = 200;  // of each list
inline constexpr std::size_t kMaxName = 128;

// `models`, `routes`, `groups`, `networks`, `delegate`, `expires_at` of an object; missing ones are
// the defaults. Code::invalid_request naming the field.
Result<KeyTerms> read_terms(json::Value object);
// The same fields into an open object, defaults included.
void write_terms(json::Writer& w, const KeyTerms& terms);
// All that may be shown of a key, as an object: also its canonical text for the audit log. `secret`
// is the whole key when it was made just now, else "".
void write_key(json::Writer& w, const Key& key, std::string_view secret = {});

// Lower-case letters, digits, `-`, `_` and `.`, 1 to 63, beginning with a letter or digit.
Status check_tenant_name(std::string_view name);

}  // namespace maester::access
