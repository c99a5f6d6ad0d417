// Asking a collection: one question of one asker, over what that asker may read.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "codec/json.h"
#include "gateway/evidence/evidence.h"
#include "knowledge/library.h"
#include "obs/metrics.h"
#include "retrieval/index.h"
#include "runtime/core.h"

namespace maester::knowledge {

struct SearchRequest {
  std::string query;
  std::size_t top_k = 10;
  retrieval::Mode mode = retrieval::Mode::hybrid;
  std::vector<retrieval::Condition> filters;
  bool explain = false;
  std::string cursor;
  std::size_t neighbours = 0;
  std::int64_t version = 0;  // of the index; 0 = the live one
};

// Members query, top_k, mode, filters, explain, cursor, index_version. Code::invalid_request names
// the field.
Result<SearchRequest> read_search_request(json::Value body);
// `filters`: {field: value | {in|gte|lte|ne: ..}}.
Result<std::vector<retrieval::Condition>> read_filters(json::Value filters);

// Who asks: of the principal.
struct Asker {
  Payer payer;
  std::vector<std::string> groups;
  access::Role role = access::Role::viewer;  // a version that is not live takes a member
};

struct SearchAnswer {
  OpenVersionPtr version;           // that was asked
  retrieval::SnapshotPtr snapshot;  // keeps the hits' texts
  retrieval::Found found;
  std::string index_version;
  std::string next_cursor;
  std::vector<std::string> degraded;  // "embedding", "rerank": what was to be done and was not
  bool reranked = false;
  std::vector<double> rerank_scores;  // of the hits, when reranked
};

class Searcher {
 public:
  Searcher(Library& library, const gateway::Pipeline& pipeline, runtime::WorkerPool& pool,
           obs::Registry& metrics);
  Library& library() const { return library_; }
  runtime::WorkerPool& pool() const { return pool_; }

  // Suspends; the work runs in the pool, a model's vectors and reranking are asked for on the
  // core. When the model of the vectors does not answer, a hybrid search is lexical and says so.
  // Errors of Library::askable(), and forbidden for a version that is not live without the role.
  runtime::Task<Result<SearchAnswer>> search(OpenedPtr opened, SearchRequest request, Asker asker,
                                             runtime::StopToken stop) const;

 private:
  runtime::Task<Result<SearchAnswer>> run(OpenedPtr opened, SearchRequest request, Asker asker,
                                          runtime::StopToken stop) const;
  runtime::Task<Status> rerank(const Opened& opened, const SearchRequest& request,
                               const Asker& asker, SearchAnswer& answer,
                               runtime::StopToken stop) const;
  Library& library_;
  const gateway::Pipeline& pipeline_;
  runtime::WorkerPool& pool_;
  struct Counted {
    obs::Counter& searches;
    obs::Counter& degraded;
    obs::Histogram& duration;
  };
  static Counted counted(obs::Registry& metrics, std::string_view mode);
  std::array<Counted, 3> counted_;  // by mode
};

}  // namespace maester::knowledge
