// What `local-hash` is worth beside words on a judged collection, as written and misspelt: for the
// test that holds it and the bench that shows it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "retrieval/embed.h"
#include "retrieval/evaluate/evaluate.h"
#include "retrieval/index.h"
#include "store/file_system.h"
#include "store/test_directory.h"
#include "support/judged_collection.h"

namespace maester::test {

struct Quality {
  retrieval::Report lexical, vector, hybrid;
};

class HybridQuality {
 public:
  explicit HybridQuality(const std::string& folder) : collection_(JudgedCollection::read(folder)) {
    auto documents = collection_.all_documents();
    std::vector<std::vector<float>> vectors;
    for (const auto& one : collection_.documents)
      vectors.push_back(embed(one.title + " " + one.text, retrieval::Purpose::document));
    for (std::size_t i = 0; i < documents.size(); ++i)
      documents[i].chunks.at(0).vector = vectors[i];
    retrieval::IndexSettings settings;
    settings.dimensions = static_cast<std::uint32_t>(embedder_->dimensions());
    index_ = *retrieval::Index::open(files_, directory_.path() + "/index", settings);
    if (index_->commit(documents, {})) snapshot_ = index_->snapshot();
    for (const auto& [query, grades] : collection_.judgements)
      judgements_[query] = retrieval::Grades(grades.begin(), grades.end());
  }

  bool ready() const { return snapshot_ != nullptr && snapshot_->chunks() > 1'000; }

  // `mistyped`: of eight words (misspell()); 0 = the queries as written.
  Quality measure(unsigned mistyped) const {
    return {measure(mistyped, retrieval::Mode::lexical), measure(mistyped, retrieval::Mode::vector),
            measure(mistyped, retrieval::Mode::hybrid)};
  }

 private:
  std::vector<float> embed(std::string_view text, retrieval::Purpose purpose) const {
    return (*embedder_->embed(std::span(&text, 1), purpose))[0];
  }

  retrieval::Report measure(unsigned mistyped, retrieval::Mode mode) const {
    std::vector<retrieval::JudgedQuery> queries;
    for (const auto& one : collection_.queries) {
      queries.push_back({one.id, one.text});
      if (mistyped > 0) queries.back().text = retrieval::misspell(queries.back(), mistyped);
    }
    const auto search = [&](const retrieval::JudgedQuery& one) -> Result<std::vector<std::string>> {
      const auto vector = embed(one.text, retrieval::Purpose::query);
      retrieval::Query query;
      query.text = one.text;
      query.vector = vector;
      query.mode = mode;
      query.top_k = 100;
      TRY_ASSIGN(const retrieval::Found found, snapshot_->search(query));
      std::vector<std::string> out;
      for (const retrieval::Hit& hit : found.hits) out.emplace_back(hit.source_id);
      return out;
    };
    return *retrieval::evaluate(queries, judgements_, search, {});
  }

  JudgedCollection collection_;
  std::shared_ptr<const retrieval::Embedder> embedder_ = retrieval::make_hash_embedder();
  store::TestDirectory directory_;
  store::PosixFileSystem files_;
  std::unique_ptr<retrieval::Index> index_;
  retrieval::SnapshotPtr snapshot_;
  retrieval::Judgements judgements_;
};

}  // namespace maester::test
