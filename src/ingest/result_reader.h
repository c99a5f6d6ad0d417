// Reads what an extraction child writes, piece by piece as it arrives. The child is not trusted:
// docs/formats/extraction.md says what is refused. Memory grows with the bytes that came, never
// with a length that was declared. Pure; one reader a result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "ingest/child_format.h"
#include "ingest/extraction.h"

namespace maester::ingest {

class ResultReader {
 public:
  // Code::corrupt: the child is to be ended, nothing it says counts.
  Status feed(std::string_view bytes);
  // The end section has been read; more bytes are an error.
  bool complete() const { return state_ == State::done; }
  // REQUIRES: complete(). The extraction, the child's own failure (unprocessable or too_large with
  // the reason as param), or Code::corrupt when the maps do not fit the text.
  Result<Extraction> finish();
  // After finish(): what is still to be read.
  std::vector<EmbeddedFile> take_embedded() { return std::move(embedded_); }

 private:
  enum class State : std::uint8_t { magic, head, text, body, done };
  Status take_section();
  Status read_section(std::string_view payload);
  Status enter_section(char kind, std::uint32_t length);

  State state_ = State::magic;
  std::string buffer_;  // of the magic, a section's head or a section but text
  std::size_t wanted_ = 4;
  char kind_ = 0;
  int rank_ = -1;  // of the last section, in the order of the format
  std::size_t rows_ = 0;
  std::size_t embedded_bytes_ = 0;
  std::vector<EmbeddedFile> embedded_;
  Extraction result_;
  Error failure_;
  bool failed_ = false;
};

}  // namespace maester::ingest
