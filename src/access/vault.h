// Secrets and bodies at rest (RULES.md §3): a key-encryption key (KEK) seals one data key per
// tenant, which seals values with XChaCha20-Poly1305 and a random nonce. The associated data binds
// a ciphertext to its tenant and purpose, so that a value moved elsewhere does not open. Destroying
// a tenant's data key destroys all its values.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/random.h"
#include "base/result.h"
#include "store/sqlite.h"

namespace maester::access {

// 32 bytes, wiped when destroyed; cannot be copied, printed or serialised.
class SecretKey {
 public:
  static constexpr std::size_t kSize = 32;
  SecretKey() = default;
  explicit SecretKey(std::string_view bytes);  // REQUIRES: 32 bytes
  ~SecretKey();
  SecretKey(SecretKey&& other) noexcept;
  SecretKey& operator=(SecretKey&& other) noexcept;
  SecretKey(const SecretKey&) = delete;
  static SecretKey generate(Random& random);
  const std::uint8_t* data() const { return bytes_.data(); }

 private:
  std::array<std::uint8_t, kSize> bytes_{};
};

// The KEK from `environment_value` (64 hex digits) when not empty, else from the file, which the
// first start makes with mode 0600. A file that others may read is refused.
Result<SecretKey> load_kek(const std::string& file, std::string_view environment_value,
                           Random& random);

class Vault {
 public:
  // Reads and creates data keys in the control database (table tenant_keys). Fails with
  // Code::corrupt when the KEK does not open what is stored: it is then the wrong one.
  static Result<std::unique_ptr<Vault>> open(store::Database& control, SecretKey kek,
                                             Random& random);

  // Makes the tenant's key unless it exists; writes to the database. REQUIRES: on the thread that
  // owns the database.
  Status ensure(std::string_view tenant);
  // Thread-safe, no I/O. Code::not_found without a key of the tenant.
  Result<std::string> seal(std::string_view tenant, std::string_view purpose,
                           std::string_view plain);
  // Code::corrupt when the bytes do not authenticate.
  Result<std::string> open_sealed(std::string_view tenant, std::string_view purpose,
                                  std::string_view sealed);

 private:
  Vault(store::Database& control, SecretKey kek, Random& random)
      : control_(control), kek_(std::move(kek)), random_(random) {}
  Status load();
  Result<const SecretKey*> key_of(std::string_view tenant);
  store::Database& control_;
  SecretKey kek_;
  Random& random_;
  std::mutex mutex_;
  std::map<std::string, SecretKey, std::less<>> keys_;
};

}  // namespace maester::access
