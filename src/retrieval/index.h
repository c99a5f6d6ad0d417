// An index: documents cut into chunks, found by their words and by their vectors, within what the
// asker may read. One directory of immutable segments under a manifest (docs/formats/segment.md,
// manifest.md). It knows nothing of tenants: whoever holds one has the tenant's directory.
//
//   add/remove --> commit (segment + manifest, durable) --> snapshot --> search
//
// A commit is one step: a snapshot shows all of it or nothing, also after a crash. Removed
// documents are gone from every snapshot taken after commit() returned.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "retrieval/vector/nearest.h"

namespace maester {
class Clock;
}
namespace maester::store {
class FileSystem;
}

namespace maester::retrieval {

struct AnalysisSettings {
  std::string language = "english";  // a Snowball language; "" = no stemming
  bool stop_words = false;           // leave out the language's
  bool operator==(const AnalysisSettings&) const = default;
};

// What the content of an index depends on; stored in its manifest.
struct IndexSettings {
  AnalysisSettings analysis;
  std::uint32_t dimensions = 0;  // of its vectors; 0 = lexical only
  GraphSettings graph;
};

using FieldValue = std::variant<std::string, double, bool>;
struct Field {
  std::string name;
  std::vector<FieldValue> values;  // an array's elements; a scalar is one
};

struct IndexChunk {
  std::uint64_t start = 0, end = 0;  // bytes of the document's text; at character borders
  std::uint32_t page = 0;            // from 1; 0 = the document has none
  std::string context;               // title and headings above it: searched, not part of the text
  std::span<const float> vector;     // unit length, of the index's dimensions; empty = none
};

struct IndexDocument {
  Uuid id;
  std::string source_id, title;
  std::string_view text;                           // canonical UTF-8; outlives the commit
  std::optional<std::vector<std::string>> groups;  // who may read it; absent = all, empty = nobody
  std::vector<Field> metadata;
  std::vector<IndexChunk> chunks;
};

struct Condition {
  enum class Op : std::uint8_t { equal, not_equal, in, gte, lte } op = Op::equal;
  std::string field;               // of the metadata, or "source_id", "document_id", "title"
  std::vector<FieldValue> values;  // one, but for `in`
};

enum class Mode : std::uint8_t { hybrid, lexical, vector };

struct Query {
  std::string text;
  std::span<const float> vector;  // empty = no vector leg
  Mode mode = Mode::hybrid;
  std::size_t top_k = 10;
  std::size_t skip = 0;             // of the same list: pages are cut from one frozen order
  std::vector<std::string> groups;  // the asker's: sees documents open to all or to one of these
  std::vector<Condition> filters;   // all must hold
  double k1 = 1.2, b = 0.75;        // BM25
  // Of RRF. The vector leg's grows up to six-fold with the share of the question's words (by idf)
  // that the index does not have. Measured: docs/benchmarks/retrieval.md.
  double lexical_weight = 1, vector_weight = 0.2;
  std::size_t depth = 200;     // candidates of each leg that are fused, whatever the page
  std::size_t neighbours = 0;  // chunks to each side of a hit, given beside it
  bool explain = false;
};

struct Hit {
  Uuid document;
  std::string_view source_id, title, text;  // of the snapshot's; text == canonical[start:end]
  std::uint64_t start = 0, end = 0;
  std::uint32_t page = 0;
  std::uint32_t chunk = 0;  // of its document, from 0
  std::string_view context;
  double score = 0;  // of mode lexical: BM25; vector: cosine; hybrid: RRF (k = 60)
  struct Neighbour {
    std::string_view text;
    std::uint64_t start = 0, end = 0;
    std::uint32_t page = 0;
  };
  std::vector<Neighbour> before, after;  // nearest first
  // Of explain: where each leg had it; rank 0 = the leg did not find it within the depth.
  std::uint32_t lexical_rank = 0, vector_rank = 0;
  double lexical_score = 0;
  float similarity = 0;
  struct Term {
    std::string term;
    double score = 0;
    std::uint32_t frequency = 0;
  };
  std::vector<Term> terms;  // explain: what BM25 is made of
};

struct Found {
  std::vector<Hit> hits;
  std::size_t fused = 0;      // of the frozen list what was made; beyond the page unless it ends
  bool shares_term = false;   // some visible chunk has an analysed term of the query
  float best_similarity = 0;  // of the vector leg
  std::string plan;           // explain: how each leg ran, for a person
};

// What an index holds at one moment. Immutable, thread-safe; its files stay while it lives.
class Snapshot {
 public:
  virtual ~Snapshot() = default;
  // CPU work of up to milliseconds: run it in a pool. The hits' views live as long as the snapshot.
  // Code::invalid_request for a condition that cannot be.
  virtual Result<Found> search(const Query& query) const = 0;
  virtual std::uint64_t sequence() const = 0;  // of its commit; rises with each
  virtual std::size_t documents() const = 0;   // alive
  virtual std::size_t chunks() const = 0;      // alive
  virtual bool contains(const Uuid& document) const = 0;

  // What a copy of the index at this moment is made of: the segments' paths, and the bytes of a
  // manifest that names exactly them. The one on the disk may be a later one.
  struct Files {
    std::string manifest;
    std::vector<std::string> segments;
  };
  virtual Files files() const = 0;
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

// Terms as the index's analysis makes them of a text, in order; for grounding and explanations.
std::vector<std::string> analyse(const AnalysisSettings& settings, std::string_view text);

class Index {
 public:
  // Opens what is in `directory` or begins it. Files of unfinished commits are removed. Code::
  // corrupt, naming the file, for what does not check; Code::conflict when analysis or dimensions
  // differ from the manifest's. `files` and `clock` (null = the system's) outlive the index and its
  // snapshots. One index object per directory.
  static Result<std::unique_ptr<Index>> open(store::FileSystem& files, std::string directory,
                                             const IndexSettings& settings,
                                             const Clock* clock = nullptr);
  virtual ~Index() = default;

  // Adds documents, each in place of the one of its id, and removes others: durable and visible
  // when it returns. Blocking; thread-safe, one at a time. Nothing happened when it fails.
  virtual Status commit(std::span<const IndexDocument> added, std::span<const Uuid> removed) = 0;

  // One merge of segments that are due for it, the graph of the new one included; false when none
  // is. Long work beside commits and searches: call it in a background thread until it says false.
  // `stopped` makes it give up.
  virtual Result<bool> merge(bool (*stopped)(void*) = nullptr, void* context = nullptr) = 0;

  virtual SnapshotPtr snapshot() const = 0;  // the newest; cheap, thread-safe
  // The snapshot of that sequence while it is kept (16 newest for up to 5 minutes); null after.
  virtual SnapshotPtr snapshot(std::uint64_t sequence) const = 0;

  struct Size {
    std::uint64_t segments = 0, documents = 0, chunks = 0, dead_documents = 0, bytes = 0;
  };
  virtual Size size() const = 0;
  // Checks every checksum of every file. Long.
  virtual Status verify() const = 0;
};

}  // namespace maester::retrieval
