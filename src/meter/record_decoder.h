// Decodes many records with one parser's memory. meter/records.h has the functions for a single
// one.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/json.h"
#include "meter/records.h"

namespace maester::meter {

// Not thread-safe. Every function fails with Code::corrupt when the payload is no such record.
class RecordDecoder {
 public:
  Result<Intent> intent(std::string_view payload);
  Result<Settlement> settlement(std::string_view payload);
  Result<Capture> capture(std::string_view payload);
  Result<Feedback> feedback(std::string_view payload);
  Result<Correction> correction(std::string_view payload);

 private:
  Result<json::Value> read(std::string_view payload);
  json::Document document_;
  std::string head_;  // of a settlement: without its receipt
};

}  // namespace maester::meter
