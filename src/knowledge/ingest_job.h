// The handlers of jobs `ingest` (documents into the live index) and `build_index` (all documents
// into a version aside). Run on worker threads.
#pragma once

#include <string>

#include "base/result.h"
#include "ingest/extraction.h"
#include "jobs/workers.h"
#include "knowledge/library.h"
#include "knowledge/url_fetcher.h"

namespace maester::knowledge {

class IngestJob {
 public:
  IngestJob(Library& library, ingest::Extractor& extractor, const UrlFetcher& fetcher)
      : library_(library), extractor_(extractor), fetcher_(fetcher) {}

  // Steps: fetch (of URLs), extract, chunk, embed, index. A job of one document fails as the
  // document does; of several, each has its own end and the result counts them.
  Result<std::string> run(jobs::Run& run);

 private:
  struct Work;
  Result<std::string> fetch(Work& work);
  Result<std::string> extract(Work& work);
  Result<std::string> chunk(Work& work);
  Result<std::string> embed(Work& work);
  Result<std::string> index(Work& work);
  Status end_unread(Work& work, const Document& document, const Error& error);
  Library& library_;
  ingest::Extractor& extractor_;
  const UrlFetcher& fetcher_;
};

class BuildJob {
 public:
  explicit BuildJob(Library& library) : library_(library) {}
  // Steps: index, then flip when the order says so.
  Result<std::string> run(jobs::Run& run);

 private:
  Library& library_;
};

}  // namespace maester::knowledge
