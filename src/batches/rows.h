// How values stand in the tables. For the .cc files of this module only.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/id.h"

namespace maester::batches::rows {

inline std::int64_t stored(WallTime t) {
  return t.time_since_epoch().count();
}
inline WallTime wall(std::int64_t n) {
  return WallTime(WallTime::duration(n));
}
// Without its dashes: 32 digits that sort by age.
inline std::string bare(const Uuid& id) {
  std::string text = id.to_string();
  std::erase(text, '-');
  return text;
}

}  // namespace maester::batches::rows
