// What a label points to: one version, or a split of the traffic over several.
//
// A split gives every user (or request) a point in [0, 2^32) and every version ranges of it. When
// weights change, a version that shrinks gives up the ends of its ranges and one that grows takes
// from these: exactly the share moves that must, and whoever is not in it keeps its version. Ranges
// are kept with the label's history, so that a rollback brings back the very assignment of before.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"
#include "codec/json_writer.h"

namespace maester::prompts {

inline constexpr std::size_t kMaxShares = 16;
inline constexpr std::int64_t kMaxWeight = 1'000'000;

struct Share {
  std::string version;
  std::int64_t weight = 1;
  bool operator==(const Share&) const = default;
};

// Where a user or request stands: the first four bytes, big-endian, of
// SHA-256(tenant NUL prompt NUL label NUL key). The salt makes experiments independent of each
// other.
std::uint32_t sticky_point(std::string_view tenant, std::string_view prompt, std::string_view label,
                           std::string_view key);

class Target {
 public:
  Target() = default;  // nothing: the label is not set
  static Target one(std::string version);
  // The shares laid out over `before` so that as little as can moves. REQUIRES: check_shares().
  static Target split(std::vector<Share> shares, const Target& before);

  bool empty() const { return shares_.empty(); }
  bool is_split() const { return shares_.size() > 1; }
  const std::vector<Share>& shares() const { return shares_; }
  bool contains(std::string_view version) const;
  // The version with the greatest weight, the first of equals; "" of nothing.
  const std::string& version() const;
  const std::string& pick(std::uint32_t point) const;  // REQUIRES: !empty()
  std::string text() const;                            // "v3", "v3:90,v4:10"; "" of nothing
  // The same versions with the same weights, whoever is in which.
  bool operator==(const Target& other) const { return shares_ == other.shares_; }

  // {"shares": [["v3", 90], ..], "ranges": [[end, share], ..]} as the registry keeps it.
  std::string stored() const;
  static Result<Target> read_stored(std::string_view json);

 private:
  struct Range {
    std::uint64_t end;  // exclusive
    std::size_t share;
  };
  std::vector<Share> shares_;
  std::vector<Range> ranges_;  // by end, the last one at 2^32
};

// Names that are versions, weights of 1 to kMaxWeight, no version twice, 1 to kMaxShares of them.
Status check_shares(const std::vector<Share>& shares);

// [{"version": "v3", "weight": 90}, ...]
void write_shares(json::Writer& w, const std::vector<Share>& shares);

}  // namespace maester::prompts
