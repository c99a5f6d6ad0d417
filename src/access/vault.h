// Secrets and bodies at rest (RULES.md §3): a key-encryption key (KEK) seals one data key per
// tenant, which seals values with XChaCha20-Poly1305 and a random nonce. The associated data binds
// a ciphertext to its place: a value that is moved to another tenant, row or origin does not open.
// Destroying a tenant's data key destroys all its values.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "store/sqlite.h"

namespace maester::access {

// 32 bytes in locked, guarded memory, wiped when destroyed; cannot be copied, printed or
// serialised.
class SecretKey {
 public:
  static constexpr std::size_t kSize = 32;
  explicit SecretKey(std::string_view bytes);  // REQUIRES: 32 bytes
  static SecretKey generate(Random& random);
  const std::uint8_t* data() const { return bytes_.get(); }
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes_.get()), kSize}; }

 private:
  SecretKey();
  struct Free {
    void operator()(std::uint8_t* bytes) const;
  };
  std::unique_ptr<std::uint8_t, Free> bytes_;
};

// Where a sealed value stands. All of it is authenticated, none is stored with the value.
struct SealedPlace {
  std::string_view tenant;  // kSystemTenant for what belongs to no tenant
  std::string_view table, column, row;
  std::string_view origin;  // "https://host:port" that a credential may be sent to; "" = none
};
inline constexpr std::string_view kSystemTenant = "";

// The KEK from `environment_value` (64 hex digits) when not empty, else from the file, which the
// first start makes with mode 0600. A file that others may read is refused.
Result<SecretKey> load_kek(const std::string& file, std::string_view environment_value,
                           Random& random);

class Vault {
 public:
  // Reads the data keys in the control database (table tenant_keys) and makes the system's. Fails
  // with Code::corrupt when the KEK does not open what is stored: it is then the wrong one.
  static Result<std::unique_ptr<Vault>> open(store::Database& control, SecretKey kek,
                                             Random& random);

  // ---- REQUIRES: on the thread that owns the database.
  // Makes the tenant's key unless it exists. In a transaction that fails: forget() it again.
  Status ensure(std::string_view tenant);
  // Takes the key out of the database; forget() once that is committed.
  Status erase(std::string_view tenant);
  // Seals every data key under another KEK, in one transaction; answers how many.
  Result<std::size_t> rewrap(SecretKey kek);
  // A secret of 32 random bytes that the server keeps for itself, made when first asked for.
  Result<std::string> system_secret(std::string_view name);
  Result<std::vector<std::string>> system_secrets_named(std::string_view prefix);

  // ---- Thread-safe, no I/O.
  // Code::not_found without a key of the tenant.
  Result<std::string> seal(const SealedPlace& place, std::string_view plain);
  // Code::corrupt when the bytes do not authenticate at this place.
  Result<std::string> open_sealed(const SealedPlace& place, std::string_view sealed);
  // From now on nothing of the tenant opens.
  void forget(std::string_view tenant);

 private:
  using KeyPtr = std::shared_ptr<const SecretKey>;
  Vault(store::Database& control, SecretKey kek, Random& random)
      : control_(control), kek_(std::move(kek)), random_(random) {}
  Status load();
  Result<KeyPtr> key_of(std::string_view tenant);
  store::Database& control_;
  SecretKey kek_;
  Random& random_;
  std::mutex mutex_;
  std::map<std::string, KeyPtr, std::less<>> keys_;
};

}  // namespace maester::access
