#include "access/vault.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <span>

#include "base/hex.h"

namespace maester::access {
namespace {

constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr char kVersion = 1;

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string associated_data(std::string_view tenant, std::string_view purpose) {
  std::string out = "mst/secret/v1";
  for (const std::string_view part : {tenant, purpose}) {
    out += '\0';
    out += part;
  }
  return out;
}

std::string encrypt(const SecretKey& key, std::string_view aad, std::string_view plain,
                    Random& random) {
  std::string out(1 + kNonce + plain.size() + kTag, '\0');
  out[0] = kVersion;
  auto* nonce = reinterpret_cast<unsigned char*>(out.data() + 1);
  random.fill(std::as_writable_bytes(std::span(nonce, kNonce)));
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + kNonce, nullptr, bytes(plain), plain.size(),
                                             bytes(aad), aad.size(), nullptr, nonce, key.data());
  return out;
}

Result<std::string> decrypt(const SecretKey& key, std::string_view aad, std::string_view sealed) {
  if (sealed.size() < 1 + kNonce + kTag || sealed[0] != kVersion) {
    return fail(Code::corrupt, "A sealed value is cut short or of an unknown form.");
  }
  const std::string_view nonce = sealed.substr(1, kNonce);
  const std::string_view body = sealed.substr(1 + kNonce);
  std::string out(body.size() - kTag, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          reinterpret_cast<unsigned char*>(out.data()), nullptr, nullptr, bytes(body), body.size(),
          bytes(aad), aad.size(), bytes(nonce), key.data()) != 0) {
    return fail(Code::corrupt,
                "A sealed value does not authenticate: wrong key, or altered bytes.");
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

SecretKey::SecretKey(std::string_view from) {
  std::memcpy(bytes_.data(), from.data(), kSize);
}
SecretKey::~SecretKey() {
  sodium_memzero(bytes_.data(), bytes_.size());
}
SecretKey::SecretKey(SecretKey&& other) noexcept : bytes_(other.bytes_) {
  sodium_memzero(other.bytes_.data(), other.bytes_.size());
}
SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
  bytes_.swap(other.bytes_);
  return *this;
}
SecretKey SecretKey::generate(Random& random) {
  SecretKey key;
  random.fill(std::as_writable_bytes(std::span(key.bytes_)));
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
  if (sodium_init() < 0) return fail(Code::internal, "libsodium does not start.");
  std::unique_ptr<Vault> vault(new Vault(control, std::move(kek), random));
  TRY(vault->load());
  return vault;
}

Status Vault::load() {
  TRY(
      control_.execute("CREATE TABLE IF NOT EXISTS tenant_keys (tenant TEXT PRIMARY KEY, sealed "
                       "BLOB NOT NULL) WITHOUT ROWID"));
  TRY_ASSIGN(auto rows, control_.prepare("SELECT tenant, sealed FROM tenant_keys"));
  for (;;) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) return {};
    const std::string tenant(rows.text(0));
    auto plain = decrypt(kek_, associated_data(tenant, "tenant_keys"), rows.text(1));
    if (!plain) {
      return fail(
          Code::corrupt,
          "The key-encryption key does not open this data directory: give the one it was made with "
          "(MAESTER_KEK or the file `kek`).");
    }
    keys_.emplace(tenant, SecretKey(*plain));
    sodium_memzero(plain->data(), plain->size());
  }
}

Status Vault::ensure(std::string_view tenant) {
  const std::lock_guard lock(mutex_);
  if (keys_.contains(tenant)) return {};
  SecretKey key = SecretKey::generate(random_);
  const std::string_view raw(reinterpret_cast<const char*>(key.data()), SecretKey::kSize);
  const std::string sealed = encrypt(kek_, associated_data(tenant, "tenant_keys"), raw, random_);
  TRY_ASSIGN(auto insert,
             control_.prepare("INSERT INTO tenant_keys (tenant, sealed) VALUES (?1, ?2)"));
  TRY(insert.bind(1, tenant).bind_blob(2, sealed).run());
  keys_.emplace(std::string(tenant), std::move(key));
  return {};
}

Result<const SecretKey*> Vault::key_of(std::string_view tenant) {
  const std::lock_guard lock(mutex_);
  if (const auto found = keys_.find(tenant); found != keys_.end()) return &found->second;
  return fail(Code::not_found, "The tenant's data key does not exist: its sealed values are gone.");
}

Result<std::string> Vault::seal(std::string_view tenant, std::string_view purpose,
                                std::string_view plain) {
  TRY_ASSIGN(const SecretKey* key, key_of(tenant));
  return encrypt(*key, associated_data(tenant, purpose), plain, random_);
}

Result<std::string> Vault::open_sealed(std::string_view tenant, std::string_view purpose,
                                       std::string_view sealed) {
  TRY_ASSIGN(const SecretKey* key, key_of(tenant));
  return decrypt(*key, associated_data(tenant, purpose), sealed);
}

}  // namespace maester::access
