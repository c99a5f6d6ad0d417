// What makes two requests the same for a cache: a digest over named parts, tenant first. Two keys
// are equal only if every part is (THREATS.md R2): parts are framed by their lengths, so that no
// text of one part can pass for another's, and the digest is never cut short.
#pragma once

#include <string>
#include <string_view>

#include "base/hash.h"

namespace maester::gateway {

struct CacheKey {
  Sha256 digest{};
  std::string tenant;  // compared again on a hit
  bool operator==(const CacheKey&) const = default;
};

class CacheKeyBuilder {
 public:
  // `kind` tells caches apart: "answer", "embedding", ...
  CacheKeyBuilder(std::string_view kind, std::string_view tenant);
  CacheKeyBuilder& part(std::string_view name, std::string_view value);
  CacheKey build() const;

 private:
  void frame(std::string_view text);
  std::string tenant_;
  std::string text_;
};

}  // namespace maester::gateway
