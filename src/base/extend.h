// Room at the end of a string, to be written by hand: one look at the capacity for many bytes.
#pragma once

#include <cstddef>
#include <string>

namespace maester {

// Appends `n` bytes of unspecified content; answers where they begin. Grows as append() does.
inline char* extend(std::string& out, std::size_t n) {
  const std::size_t old = out.size();
  // The size given to the operation is not the one asked for in libstdc++ 12, but the capacity.
  out.resize_and_overwrite(old + n, [size = old + n](char*, std::size_t) { return size; });
  return out.data() + old;
}

}  // namespace maester
