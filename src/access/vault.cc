#include "access/vault.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <span>

#include "base/hex.h"

namespace maester::access {
namespace {

constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
// A sealed value: a byte of form; in form 2 the data key's version in four bytes; nonce; ciphertext
// and tag. Form 1 is the foundation's: its associated data knew tenant and purpose only.
constexpr char kForm = 2, kOldForm = 1;
constexpr std::uint32_t kKeyVersion = 1;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

void put_number(std::string& out, std::uint64_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 0xff);
}

std::string associated_data(const SealedPlace& place) {
  std::string out = "mst/secret/v2";
  for (const std::string_view part :
       {place.tenant, place.table, place.column, place.row, place.origin}) {
    put_number(out, part.size());
    out += part;
  }
  put_number(out, kKeyVersion);
  return out;
}

std::string old_associated_data(std::string_view tenant, std::string_view purpose) {
  std::string out = "mst/secret/v1";
  for (const std::string_view part : {tenant, purpose}) {
    out += '\0';
    out += part;
  }
  return out;
}

std::string encrypt(const SecretKey& key, std::string_view head, std::string_view aad,
                    std::string_view plain, Random& random) {
  std::string out(head.size() + kNonce + plain.size() + kTag, '\0');
  head.copy(out.data(), head.size());
  auto* nonce = reinterpret_cast<unsigned char*>(out.data() + head.size());
  random.fill(std::as_writable_bytes(std::span(nonce, kNonce)));
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + kNonce, nullptr, bytes(plain), plain.size(),
                                             bytes(aad), aad.size(), nullptr, nonce, key.data());
  return out;
}

// `sealed` without its head.
Result<std::string> decrypt(const SecretKey& key, std::string_view aad, std::string_view sealed) {
  if (sealed.size() < kNonce + kTag) return fail(Code::corrupt, "A sealed value is cut short.");
  const std::string_view nonce = sealed.substr(0, kNonce);
  const std::string_view body = sealed.substr(kNonce);
  std::string out(body.size() - kTag, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          reinterpret_cast<unsigned char*>(out.data()), nullptr, nullptr, bytes(body), body.size(),
          bytes(aad), aad.size(), bytes(nonce), key.data()) != 0) {
    return fail(Code::corrupt,
                "A sealed value does not authenticate: wrong key, wrong place, or altered bytes.");
  }
  return out;
}

Result<SecretKey> parse_kek(std::string_view hex, const std::string& where) {
  while (!hex.empty() && (hex.back() == '\n' || hex.back() == ' ')) hex.remove_suffix(1);
  std::array<std::uint8_t, SecretKey::kSize> raw{};
  if (!hex_decode(hex, raw)) {
    return fail(Code::invalid_request,
                "The key-encryption key in " + where + " must be 64 hexadecimal digits.");
  }
  SecretKey key{std::string_view(reinterpret_cast<const char*>(raw.data()), raw.size())};
  sodium_memzero(raw.data(), raw.size());
  return key;
}

}  // namespace

void SecretKey::Free::operator()(std::uint8_t* bytes) const {
  sodium_free(bytes);  // wipes
}
SecretKey::SecretKey() {
  if (sodium_init() < 0) std::abort();
  bytes_.reset(static_cast<std::uint8_t*>(sodium_malloc(kSize)));
  if (bytes_ == nullptr) std::abort();
}
SecretKey::SecretKey(std::string_view from) : SecretKey() {
  std::memcpy(bytes_.get(), from.data(), kSize);
}
SecretKey SecretKey::generate(Random& random) {
  SecretKey key;
  random.fill(std::as_writable_bytes(std::span(key.bytes_.get(), kSize)));
  return key;
}

Result<SecretKey> load_kek(const std::string& file, std::string_view environment_value,
                           Random& random) {
  if (!environment_value.empty())
    return parse_kek(environment_value, "the environment variable MAESTER_KEK");
  int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    SecretKey key = SecretKey::generate(random);
    fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    const std::string text = hex_encode(std::span(key.data(), SecretKey::kSize)) + "\n";
    const bool written =
        fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(fd) == 0;
    if (fd >= 0) ::close(fd);
    if (!written)
      return fail(Code::io_error, "Cannot write the key-encryption key to " + file + ".");
    return key;
  }
  struct stat info{};
  char text[80] = {};
  const bool good = ::fstat(fd, &info) == 0;
  const ssize_t got = ::read(fd, text, sizeof text - 1);
  ::close(fd);
  if (!good || got < 0)
    return fail(Code::io_error, "Cannot read the key-encryption key in " + file + ".");
  if ((info.st_mode & 077) != 0) {
    return fail(Code::forbidden, "Others may read " + file + ": run `chmod 600 " + file + "`.");
  }
  auto key = parse_kek(text, file);
  sodium_memzero(text, sizeof text);
  return key;
}

Result<std::unique_ptr<Vault>> Vault::open(store::Database& control, SecretKey kek,
                                           Random& random) {
  std::unique_ptr<Vault> vault(new Vault(control, std::move(kek), random));
  TRY(vault->load());
  return vault;
}

Status Vault::load() {
  TRY(
      control_.execute("CREATE TABLE IF NOT EXISTS tenant_keys (tenant TEXT PRIMARY KEY, sealed "
                       "BLOB NOT NULL) WITHOUT ROWID;"
                       "CREATE TABLE IF NOT EXISTS system_secrets (name TEXT PRIMARY KEY, sealed "
                       "BLOB NOT NULL) WITHOUT ROWID"));
  // What is deleted here is overwritten: an erased tenant's key does not stay in free pages.
  TRY(control_.execute("PRAGMA secure_delete = ON"));
  TRY_ASSIGN(auto rows, control_.prepare("SELECT tenant, sealed FROM tenant_keys"));
  for (;;) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) break;
    const std::string tenant(rows.text(0));
    const std::string_view sealed = rows.text(1);
    auto plain = decrypt(kek_, old_associated_data(tenant, "tenant_keys"),
                         sealed.substr(std::min<std::size_t>(1, sealed.size())));
    if (!plain) {
      return fail(
          Code::corrupt,
          "The key-encryption key does not open this data directory: give the one it was made with "
          "(MAESTER_KEK or the file `kek`).");
    }
    keys_.emplace(tenant, std::make_shared<const SecretKey>(*plain));
    sodium_memzero(plain->data(), plain->size());
  }
  return ensure(kSystemTenant);
}

Status Vault::ensure(std::string_view tenant) {
  const std::lock_guard lock(mutex_);
  if (keys_.contains(tenant)) return {};
  auto key = std::make_shared<const SecretKey>(SecretKey::generate(random_));
  const std::string sealed =
      encrypt(kek_, std::string_view(&kOldForm, 1), old_associated_data(tenant, "tenant_keys"),
              key->view(), random_);
  TRY_ASSIGN(auto insert,
             control_.prepare("INSERT INTO tenant_keys (tenant, sealed) VALUES (?1, ?2)"));
  TRY(insert.bind(1, tenant).bind_blob(2, sealed).run());
  keys_.emplace(std::string(tenant), std::move(key));
  return {};
}

Result<std::size_t> Vault::rewrap(SecretKey kek) {
  const std::lock_guard lock(mutex_);
  TRY(control_.transaction([&]() -> Status {
    for (const auto& [tenant, key] : keys_) {
      const std::string sealed =
          encrypt(kek, std::string_view(&kOldForm, 1), old_associated_data(tenant, "tenant_keys"),
                  key->view(), random_);
      TRY_ASSIGN(auto update,
                 control_.prepare("UPDATE tenant_keys SET sealed = ?2 WHERE tenant = ?1"));
      TRY(update.bind(1, tenant).bind_blob(2, sealed).run());
    }
    return {};
  }));
  kek_ = std::move(kek);
  return keys_.size();
}

Status Vault::erase(std::string_view tenant) {
  TRY_ASSIGN(auto erase, control_.prepare("DELETE FROM tenant_keys WHERE tenant = ?1"));
  return erase.bind(1, tenant).run();
}

void Vault::forget(std::string_view tenant) {
  const std::lock_guard lock(mutex_);
  if (const auto found = keys_.find(tenant); found != keys_.end()) keys_.erase(found);
}

Result<std::string> Vault::system_secret(std::string_view name) {
  const SealedPlace place{kSystemTenant, "system_secrets", "sealed", name, ""};
  TRY_ASSIGN(auto row, control_.prepare("SELECT sealed FROM system_secrets WHERE name = ?1"));
  row.bind(1, name);
  TRY_ASSIGN(const bool found, row.step());
  if (found) return open_sealed(place, row.text(0));
  const SecretKey made = SecretKey::generate(random_);
  TRY_ASSIGN(const std::string sealed, seal(place, made.view()));
  TRY_ASSIGN(auto insert,
             control_.prepare("INSERT INTO system_secrets (name, sealed) VALUES (?1, ?2)"));
  TRY(insert.bind(1, name).bind_blob(2, sealed).run());
  return std::string(made.view());
}

Result<std::vector<std::string>> Vault::system_secrets_named(std::string_view prefix) {
  TRY_ASSIGN(auto rows, control_.prepare("SELECT name FROM system_secrets ORDER BY name"));
  std::vector<std::string> out;
  for (;;) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return out;
    if (rows.text(0).starts_with(prefix)) out.emplace_back(rows.text(0));
  }
}

Result<Vault::KeyPtr> Vault::key_of(std::string_view tenant) {
  const std::lock_guard lock(mutex_);
  if (const auto found = keys_.find(tenant); found != keys_.end()) return found->second;
  return fail(Code::not_found, "The tenant's data key does not exist: its sealed values are gone.");
}

Result<std::string> Vault::seal(const SealedPlace& place, std::string_view plain) {
  TRY_ASSIGN(const KeyPtr key, key_of(place.tenant));
  std::string head(1, kForm);
  put_number(head, kKeyVersion);
  return encrypt(*key, head, associated_data(place), plain, random_);
}

Result<std::string> Vault::open_sealed(const SealedPlace& place, std::string_view sealed) {
  TRY_ASSIGN(const KeyPtr key, key_of(place.tenant));
  if (sealed.starts_with(kOldForm)) {
    const std::string purpose = std::string(place.column) + ":" + std::string(place.row);
    return decrypt(*key, old_associated_data(place.tenant, purpose), sealed.substr(1));
  }
  std::string head(1, kForm);
  put_number(head, kKeyVersion);
  if (!sealed.starts_with(head))
    return fail(Code::corrupt,
                "A sealed value is cut short, or of an unknown form or key version.");
  return decrypt(*key, associated_data(place), sealed.substr(head.size()));
}

}  // namespace maester::access
