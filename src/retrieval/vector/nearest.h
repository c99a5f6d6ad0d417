// The vector leg within one segment: which vectors are nearest to a query among those allowed. An
// exact scan for small or selective sets, else a graph (HNSW; Malkov and Yashunin 2016, arXiv
// 1603.09320) that is walked in its mapped layout (docs/formats/vectors.md). Always returns
// min(k, allowed vectors); a vector that is all zeros (or not finite) is neither allowed nor found,
// and a query that is finds nothing.
//
// Pure but for the CPU's kind (AVX-512, AVX2 or plain, chosen once); the views do not own their
// bytes. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "retrieval/bitmap.h"
#include "retrieval/vector/layout.h"

namespace maester::retrieval {

struct Near {
  std::uint32_t ordinal = 0;  // of the chunk in its segment
  float similarity = 0;       // cosine
  bool operator==(const Near&) const = default;
};

struct GraphSettings {
  std::uint32_t neighbours = 16;          // M
  std::uint32_t candidates = 200;         // ef while building
  std::uint32_t search_candidates = 224;  // ef while searching: recall 0.98 at 1,000,000 x 384
  std::uint32_t from = 20'000;            // segments with fewer vectors get no graph
};

// The bytes of a segment's vector section: a vector per chunk in the order of ordinals, of unit
// length; one that is all zeros is never found. REQUIRES: matrix.size() == count * dimensions.
// Builds the graph too when the settings ask for one: long work, `stopped` is asked now and then
// and makes it give up with Code::cancelled.
Result<std::string> build_vectors(std::span<const float> matrix, std::uint32_t dimensions,
                                  const GraphSettings& settings, bool (*stopped)(void*) = nullptr,
                                  void* context = nullptr);

class VectorView {
 public:
  // Code::corrupt when the bytes do not hold together; every size is checked before it is used.
  // `bytes` is aligned to 64 and outlives the view.
  static Result<VectorView> open(std::string_view bytes);
  VectorView() = default;  // no vectors

  std::uint32_t count() const { return parts_.header.count; }
  std::uint32_t dimensions() const { return parts_.header.dimensions; }
  std::vector<float> vector(std::uint32_t ordinal) const;  // as it was given
  bool has_graph() const { return parts_.header.neighbours != 0; }

  struct Plan {
    enum class Way : std::uint8_t { none, exact, graph, graph_then_exact } way = Way::none;
    std::size_t compared = 0;  // vectors
  };
  // Best first; ties by ordinal. `allowed`: null = all; REQUIRES its size == count() and
  // query.size() == dimensions().
  std::vector<Near> nearest(std::span<const float> query, std::size_t k, const Bitmap* allowed,
                            Plan* plan = nullptr) const;
  // The same by comparing with every allowed vector: what nearest() is measured against.
  std::vector<Near> nearest_exact(std::span<const float> query, std::size_t k,
                                  const Bitmap* allowed) const;

 private:
  VectorParts parts_;
};

}  // namespace maester::retrieval
