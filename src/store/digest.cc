#include "store/digest.h"

#include <sodium.h>

namespace maester::store {

struct DigestStream::State {
  crypto_hash_sha256_state hash{};
};

DigestStream::DigestStream() : state_(std::make_unique<State>()) {
  crypto_hash_sha256_init(&state_->hash);
}
DigestStream::~DigestStream() = default;

void DigestStream::add(std::string_view bytes) {
  crypto_hash_sha256_update(&state_->hash, reinterpret_cast<const unsigned char*>(bytes.data()),
                            bytes.size());
}

Sha256 DigestStream::finish() {
  Sha256 out{};
  crypto_hash_sha256_final(&state_->hash, out.data());
  return out;
}

}  // namespace maester::store
