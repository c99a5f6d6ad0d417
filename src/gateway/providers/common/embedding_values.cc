#include "gateway/providers/common/embedding_values.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>

#include "codec/base64.h"

namespace maester::gateway::providers {

namespace {

constexpr std::size_t kMostValues = 65'536;

std::unexpected<Error> bad(const char* why) {
  return fail(Code::upstream_error, why);
}

Result<std::vector<float>> from_base64(std::string_view text) {
  const auto bytes = base64_decode(text);
  if (!bytes || bytes->empty() || bytes->size() % 4 != 0 || bytes->size() / 4 > kMostValues) {
    return bad("The provider's embedding is no base64 of floats.");
  }
  std::vector<float> out;
  out.reserve(bytes->size() / 4);
  for (std::size_t at = 0; at < bytes->size(); at += 4) {
    std::uint32_t bits = 0;
    for (std::size_t i = 4; i-- > 0;)
      bits = bits << 8 | static_cast<std::uint8_t>((*bytes)[at + i]);
    out.push_back(std::bit_cast<float>(bits));
    if (!std::isfinite(out.back()))
      return bad("The provider's embedding holds a value that is no number.");
  }
  return out;
}

std::unexpected<Error> wrong_count() {
  return bad("The provider answered with another number of embeddings than there were inputs.");
}

}  // namespace

Result<std::vector<float>> read_vector(json::Value value) {
  if (value.is_string()) return from_base64(value.string_or(""));
  if (!value.is_array() || value.size() == 0 || value.size() > kMostValues) {
    return bad("The provider's embedding is no list of numbers.");
  }
  std::vector<float> out;
  out.reserve(value.size());
  for (const json::Value number : value) {
    const auto read = number.as_double();
    if (!read) return bad("The provider's embedding holds a value that is no number.");
    out.push_back(static_cast<float>(*read));
    if (!std::isfinite(out.back()))
      return bad("The provider's embedding holds a value that is no number.");
  }
  return out;
}

Result<std::vector<std::vector<float>>> read_vectors(json::Value array, std::size_t inputs) {
  if (!array.is_array() || array.size() != inputs) return wrong_count();
  std::vector<std::vector<float>> out;
  out.reserve(inputs);
  for (const json::Value one : array) {
    TRY_ASSIGN(auto vector, read_vector(one));
    out.push_back(std::move(vector));
  }
  return out;
}

Result<std::vector<std::vector<float>>> read_indexed_vectors(json::Value data, std::size_t inputs) {
  if (!data.is_array() || data.size() != inputs) return wrong_count();
  std::vector<std::vector<float>> out(inputs);
  std::int64_t position = 0;
  for (const json::Value one : data) {
    const std::int64_t index = one.get("index").int_or(position++);
    if (index < 0 || index >= static_cast<std::int64_t>(inputs)) return wrong_count();
    auto& slot = out[static_cast<std::size_t>(index)];
    if (!slot.empty()) return bad("The provider numbers its embeddings wrongly.");
    TRY_ASSIGN(slot, read_vector(one.get("embedding")));
  }
  return out;
}

}  // namespace maester::gateway::providers
