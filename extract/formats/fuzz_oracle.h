// What every reader promises for any bytes: a refusal with a reason, or an extraction that holds
// together and that the parent would accept.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "extract/formats/text_writer.h"
#include "ingest/child_format.h"
#include "ingest/extraction_check.h"
#include "ingest/extraction_limits.h"
#include "ingest/result_reader.h"

namespace maester::extract {

inline void require(bool holds) {
  if (!holds) std::abort();
}

inline std::string_view input(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

inline void require_promise(const Status& read, TextWriter& out) {
  if (!read) {
    const std::string& reason = read.error().param;
    require(std::ranges::find(ingest::kReasons, reason) != ingest::kReasons.end());
    return;
  }
  const auto result = out.finish("x/y", "fuzz");
  require(result.has_value());
  require(ingest::check(*result).has_value());
  ingest::ResultReader reader;
  require(reader.feed(ingest::encode_result({*result, {}})).has_value() && reader.complete());
  require(reader.finish().has_value());
}

}  // namespace maester::extract
