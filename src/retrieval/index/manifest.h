// What an index is at one moment, as its directory says it (docs/formats/manifest.md).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "retrieval/index.h"

namespace maester::retrieval {

struct Manifest {
  std::uint64_t sequence = 0;
  std::uint64_t next_segment = 1;
  IndexSettings settings;
  std::uint32_t analysis_version = 0;
  struct Entry {
    std::uint64_t number = 0, file_size = 0;
    std::uint32_t documents = 0, chunks = 0;
    std::vector<std::uint32_t> dead;  // documents, rising
    bool operator==(const Entry&) const = default;
  };
  std::vector<Entry> segments;  // numbers rise
};

std::string encode_manifest(const Manifest& manifest);
Result<Manifest> decode_manifest(std::string_view bytes);  // Code::corrupt

}  // namespace maester::retrieval
