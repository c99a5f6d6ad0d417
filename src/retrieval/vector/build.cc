#include <algorithm>
#include <cstring>

#include "retrieval/vector/codes.h"
#include "retrieval/vector/graph_builder.h"
#include "retrieval/vector/layout.h"
#include "retrieval/vector/nearest.h"

namespace maester::retrieval {
namespace {

Status check(std::size_t floats, std::uint32_t dimensions, const GraphSettings& settings) {
  const std::size_t count = dimensions == 0 ? 0 : floats / dimensions;
  if (dimensions > kMaxDimensions || count >= kNoNode || count * dimensions != floats)
    return fail(Code::invalid_request, "The vectors do not fit a matrix of " +
                                           std::to_string(dimensions) + " dimensions.");
  if (settings.neighbours < 2 || settings.neighbours > kMaxNeighbours)
    return fail(Code::invalid_request, "A vector graph has 2 to 128 neighbours.", "neighbours");
  return {};
}

// Matrix, scales and codes; the parts then point into `section`.
VectorParts lay_out(std::span<const float> matrix, VectorHeader& header, std::string& section) {
  const VectorOffsets at(header);
  VectorParts parts;
  parts.header = header;
  parts.stride = code_stride(header.dimensions);
  if (!matrix.empty()) std::memcpy(section.data() + at.matrix, matrix.data(), matrix.size_bytes());
  for (std::size_t i = 0; i < header.count; ++i) {
    double length = 0;
    auto* code = reinterpret_cast<std::int8_t*>(section.data() + at.codes + i * parts.stride);
    const Scale scale = encode(matrix.subspan(i * header.dimensions, header.dimensions), code,
                               parts.stride, length);
    std::memcpy(section.data() + at.scales + i * sizeof scale, &scale, sizeof scale);
    header.longest = std::max(header.longest, static_cast<float>(length));
  }
  const auto part = [&](std::uint64_t offset) -> const void* { return section.data() + offset; };
  parts.scales = static_cast<const Scale*>(part(at.scales));
  parts.codes = static_cast<const std::int8_t*>(part(at.codes));
  return parts;
}

}  // namespace

Result<std::string> build_vectors(std::span<const float> matrix, std::uint32_t dimensions,
                                  const GraphSettings& settings, bool (*stopped)(void*),
                                  void* context) {
  TRY(check(matrix.size(), dimensions, settings));
  VectorHeader header;
  header.dimensions = dimensions;
  header.count = dimensions == 0 ? 0 : static_cast<std::uint32_t>(matrix.size() / dimensions);
  header.search_candidates = settings.search_candidates;
  std::string section(VectorOffsets(header).end, '\0');
  const VectorParts parts = lay_out(matrix, header, section);
  if (header.count > 0 && header.count >= settings.from) {
    GraphBuilder graph(parts, settings);
    TRY(graph.build(stopped, context));
    graph.describe(header);
    std::string whole(VectorOffsets(header).end, '\0');
    std::memcpy(whole.data(), section.data(), VectorOffsets(header).links);
    section = std::move(whole);
    graph.write(header, section.data());
  }
  header.bytes = section.size();
  std::memcpy(section.data(), &header, sizeof header);
  return section;
}

}  // namespace maester::retrieval
