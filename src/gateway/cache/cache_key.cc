#include "gateway/cache/cache_key.h"

#include <cstdint>

namespace maester::gateway {

CacheKeyBuilder::CacheKeyBuilder(std::string_view kind, std::string_view tenant) : tenant_(tenant) {
  text_.reserve(2048);
  part(kind, "1");  // the version of what is put into keys
  part("tenant", tenant);
}

void CacheKeyBuilder::frame(std::string_view text) {
  std::uint64_t size = text.size();
  for (int i = 0; i < 8; ++i, size >>= 8) text_ += static_cast<char>(size & 0xff);
  text_ += text;
}

CacheKeyBuilder& CacheKeyBuilder::part(std::string_view name, std::string_view value) {
  frame(name);
  frame(value);
  return *this;
}

CacheKey CacheKeyBuilder::build() const {
  return {sha256(text_), tenant_};
}

}  // namespace maester::gateway
