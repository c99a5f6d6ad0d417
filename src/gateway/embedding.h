// Embeddings, in the normal form: texts in, a vector each out. What every surface and every
// provider is translated to and from, as chat.h is for chats.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "meter/usage.h"

namespace maester::gateway {

// A text, or its tokens in the model's own encoding (OpenAI only).
using EmbeddingInput = std::variant<std::string, std::vector<std::int64_t>>;

struct EmbeddingRequest {
  std::string model;
  std::vector<EmbeddingInput> inputs;  // at least one
  bool one_text = false;               // the caller sent a string, not an array
  std::optional<std::int64_t> dimensions;
  bool base64 = false;     // the caller wants its vectors as base64 of little-endian floats
  std::string input_type;  // Cohere's and Voyage's: search_document | search_query | ...
  std::string truncate;    // NONE | START | END, "" = the provider's way
  std::string user;
  std::vector<std::string> unknown_fields;
};

struct EmbeddingResponse {
  std::string id, model;
  std::vector<std::vector<float>> vectors;  // in the order of the inputs
  std::optional<meter::Usage> usage;        // absent when the provider told none
};

}  // namespace maester::gateway
