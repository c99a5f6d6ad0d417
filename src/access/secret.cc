#include "access/secret.h"

#include <sodium.h>

namespace maester::access {

std::string Secret::masked() const {
  constexpr std::size_t kShown = 4, kLongEnough = 16;
  if (value_.size() < kLongEnough) return "sec_...";
  return "sec_..." + value_.substr(value_.size() - kShown);
}

void Secret::wipe() {
  sodium_memzero(value_.data(), value_.capacity());
  value_.clear();
}

}  // namespace maester::access
