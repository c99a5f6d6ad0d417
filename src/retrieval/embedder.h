// The seam to whatever makes vectors of texts: local hashing, a table of token vectors, or a model
// behind the gateway.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace maester::retrieval {

enum class Purpose : std::uint8_t { document, query };  // some models tell them apart

class Embedder {
 public:
  virtual ~Embedder() = default;
  // A vector of unit length (or all zeros) for each text, in order. Thread-safe. Blocking; one that
  // goes to a network must not be called on a core's thread. Errors are of the kind
  // `Code::upstream_error` or `deadline_exceeded` when another try may help.
  virtual Result<std::vector<std::vector<float>>> embed(std::span<const std::string_view> texts,
                                                        Purpose purpose) const = 0;
  virtual std::size_t dimensions() const = 0;
  // Names the vectors: texts of equal version and content have equal vectors ("local-hash-1",
  // "static:<sha256 of the table>", "openai/text-embedding-3-small:512").
  virtual std::string version() const = 0;
};

}  // namespace maester::retrieval
