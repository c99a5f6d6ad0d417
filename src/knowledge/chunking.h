// From a kept text to what an index takes of it: chunks, what is embedded of each, vectors.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "ingest/chunker.h"
#include "knowledge/catalog.h"
#include "knowledge/settings.h"
#include "retrieval/embedder.h"
#include "retrieval/index.h"

namespace maester::knowledge {

// One document on its way into an index. Pinned: the indexed form points into it.
struct Prepared {
  Document document;
  ingest::Extraction extraction;
  std::vector<ingest::Chunk> chunks;
  std::vector<std::vector<float>> vectors;  // of the chunks; empty without an embedder
  retrieval::IndexDocument indexed;
  Prepared() = default;
  Prepared(const Prepared&) = delete;
};

// The title that is shown and searched: the sender's, the document's own, the file's name.
std::string title_of(const Document& document, const ingest::Extraction& extraction);
// Title and headings above a chunk.
std::string context_of(std::string_view title, const ingest::Chunk& chunk);

// Metadata as the index filters it: scalars and arrays of scalars; objects are left out.
Result<std::vector<retrieval::Field>> fields_of(std::string_view metadata);

// Cuts the text of `prepared` and makes the vectors of its chunks. Vectors that a model made are
// looked up by what was said and kept, so that only changed chunks are asked for. Blocking.
Status prepare(Prepared& prepared, const IndexSpec& spec, const retrieval::Embedder* embedder,
               std::string_view tenant, Catalog& catalog);

}  // namespace maester::knowledge
