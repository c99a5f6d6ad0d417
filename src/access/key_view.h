// All keys and tenants as a request sees them: immutable, replaced whole by the KeyStore.
#pragma once

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "access/key.h"
#include "base/hmac.h"

namespace maester::access {

// Why a credential was refused. For a counter and tests: the caller is told the same of all.
enum class Refusal : std::uint8_t { missing, malformed, unknown, wrong, revoked, expired, network };
inline constexpr std::size_t kRefusals = 7;
std::string_view to_string(Refusal refusal);

struct KeyView {
  struct DigestHash {
    std::size_t operator()(const Sha256& digest) const noexcept {
      std::size_t value = 0;
      std::memcpy(&value, digest.data(), sizeof value);
      return value;
    }
  };
  struct Minted {
    KeyPtr key;
    const HmacSha256* pepper = nullptr;
    const HmacSha256* previous_pepper = nullptr;  // null: there is no secret before this one
  };

  std::unordered_map<std::uint64_t, Minted> minted;  // keys of our form, by the number of their id
  // Keys of any form that the configuration gives, by their SHA-256.
  std::unordered_map<Sha256, KeyPtr, DigestHash> given;
  std::map<std::string, Tenant, std::less<>> tenants;
  std::map<std::int64_t, std::shared_ptr<const HmacSha256>> peppers;  // by version, one at least

  // The key that `credential` is, at `now`, from the address `peer`. The time it takes does not
  // tell whether a key exists or how much of a secret is right.
  std::expected<const Key*, Refusal> find(std::string_view credential, std::string_view peer,
                                          const Clock& clock) const;
  // The key of this public id, for work that Maester does in its name: it must be usable now. Its
  // networks are not asked.
  std::expected<const Key*, Refusal> find_id(std::string_view tenant, std::string_view key_id,
                                             const Clock& clock) const;

 private:
  std::expected<const Key*, Refusal> find_minted(const ParsedKey& parsed, const Clock& clock) const;
};

}  // namespace maester::access
