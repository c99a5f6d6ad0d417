// An answer as the response cache keeps it: immutable, shared by whoever reads it.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "gateway/cache/cache_key.h"
#include "gateway/chat.h"

namespace maester::gateway {

struct CachedAnswer {
  CacheKey key;
  ChatResponse response;
  std::vector<float> vector;  // of an embedding, in the answer's place
  std::string raw_body;       // a whole answer in the caller's own protocol; "" after a stream
  // Whose answer it was, and what it took.
  std::string request_id, model, provider;
  std::optional<FemtoUsd> cost;  // nullopt: unpriced
  milliseconds took{0};
  WallTime made{}, expires{};

  // Roughly what it occupies, in bytes.
  std::size_t size() const;
};
using CachedAnswerPtr = std::shared_ptr<const CachedAnswer>;

// As JSON, without its key: docs/formats/cache.md. The reverse fails with Code::corrupt.
std::string encode(const CachedAnswer& answer);
Result<CachedAnswer> decode_cached_answer(std::string_view text, CacheKey key);

}  // namespace maester::gateway
