// Vectors as providers write them: arrays of numbers, or base64 of little-endian floats.
#pragma once

#include <cstddef>
#include <vector>

#include "base/result.h"
#include "codec/json.h"

namespace maester::gateway::providers {

// Code::upstream_error for anything but finite numbers, at least one and at most 65,536.
Result<std::vector<float>> read_vector(json::Value value);

// An array of vectors, as many as `inputs`.
Result<std::vector<std::vector<float>>> read_vectors(json::Value array, std::size_t inputs);

// OpenAI's `data`: objects with `index` and `embedding`, in any order; each index once.
Result<std::vector<std::vector<float>>> read_indexed_vectors(json::Value data, std::size_t inputs);

}  // namespace maester::gateway::providers
