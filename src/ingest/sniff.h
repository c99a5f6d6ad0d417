// The one thing the parent looks for in a file's bytes: which of the two programs may read it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace maester::ingest {

// "%PDF-" at the start, or within the first 1,024 bytes (where readers look for it: ISO 32000-2,
// annex I) when the file also ends as a PDF does. Not for archives that hold one.
inline bool looks_like_pdf(std::string_view bytes) {
  const std::size_t at = bytes.substr(0, 1024).find("%PDF-");
  if (at == 0) return true;
  if (at == std::string_view::npos || bytes.starts_with("PK\x03\x04")) return false;
  const std::string_view tail =
      bytes.substr(bytes.size() - std::min<std::size_t>(bytes.size(), 2048));
  return tail.find("startxref") != std::string_view::npos;
}

}  // namespace maester::ingest
