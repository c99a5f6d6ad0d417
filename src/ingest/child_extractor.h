// Extraction in child processes that are not trusted (RULES.md §14): one process a document, two of
// each kind held ready, killed at its wall time. Nothing that a child says is believed before
// ResultReader has checked it, and the server's memory grows only with a result that is kept.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "ingest/extraction.h"

namespace maester::ingest {

struct ChildSettings {
  std::string directory;  // of the two programs
  std::chrono::milliseconds wall{60'000};
  std::size_t ready = 2;  // of each kind, once that kind was needed
};

// Where `maester-extract` and `maester-extract-pdf` are: `configured` if given, else the folder of
// this program, else ../libexec/maester from there. Code::invalid_request naming what was looked
// for.
Result<std::string> find_children(const std::string& configured);

// Thread-safe: as many documents at a time as there are callers. extract() blocks (a worker's
// thread, never a core's). An error with a reason (extraction.h) is of the document and permanent;
// Code::io_error and Code::internal, without `param`, are of this machine and worth another try.
// REQUIRES: `clock` outlives this.
class ChildExtractor final : public Extractor {
 public:
  ChildExtractor(ChildSettings settings, const Clock& clock);
  ~ChildExtractor() override;
  Result<Extraction> extract(const Source& source) override;
  // Starts the ready ones ahead of the first document.
  Status warm();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace maester::ingest
