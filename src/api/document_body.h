// What a client sends as documents: one JSON object, NDJSON, or a form with files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "codec/json.h"
#include "knowledge/catalog.h"

namespace maester::api {

struct SentDocuments {
  std::vector<knowledge::NewDocument> documents;
  bool together = false;  // NDJSON: one job for all
};

// By its content-type. Errors name the line or the part.
Result<SentDocuments> read_documents(std::string_view content_type, std::string body);

}  // namespace maester::api
