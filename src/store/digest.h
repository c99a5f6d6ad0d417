// SHA-256 of bytes that come in pieces.
#pragma once

#include <memory>
#include <string_view>

#include "base/hash.h"

namespace maester::store {

class DigestStream {
 public:
  DigestStream();
  ~DigestStream();
  DigestStream(const DigestStream&) = delete;
  void add(std::string_view bytes);
  Sha256 finish();  // once, and nothing is added after it

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace maester::store
