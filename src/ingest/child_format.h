// What parent and child write to each other: docs/formats/extraction.md. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ingest/extraction.h"

namespace maester::ingest {

inline constexpr std::string_view kRequestMagic = "MXQ1";
inline constexpr std::string_view kResultMagic = "MXR1";

// A PDF within a mail or an archive: found by one program, to be read by the other.
struct EmbeddedFile {
  std::string heading;  // the line above its text
  std::string name;
  std::string bytes;
};
struct ChildResult {
  Extraction extraction;
  std::vector<EmbeddedFile> embedded;
};

// Everything of the request but the file's bytes, which follow it as they are. Hints that are too
// long are cut.
std::string request_head(const Source& source);
// Reads what request_head() and the bytes make; the views point into `request`. Code::corrupt.
Result<Source> read_request(std::string_view request);

// The whole result. REQUIRES: within extraction_limits.h; strings are cut at kMaxName.
std::string encode_result(const ChildResult& result);
// REQUIRES: error.param is one of kReasons.
std::string encode_failure(const Error& error);

// The failure as a caller gets it: Code::too_large for "too_large", else Code::unprocessable.
Error failure(std::string_view reason, std::string message, std::string detail = {});

}  // namespace maester::ingest
