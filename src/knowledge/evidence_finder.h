// Evidence for answers: a search of the asker's, and whether anything in it bears on the question.
#pragma once

#include "gateway/evidence/evidence.h"
#include "knowledge/search.h"

namespace maester::knowledge {

class EvidenceFinder final : public gateway::EvidenceSource {
 public:
  explicit EvidenceFinder(const Searcher& searcher) : searcher_(searcher) {}
  runtime::Task<Result<gateway::EvidencePtr>> find(gateway::EvidenceAsk ask,
                                                   const access::Principal& principal,
                                                   runtime::StopToken stop) const override;

 private:
  Status name_parsers(const Opened& opened, gateway::Evidence& evidence) const;
  const Searcher& searcher_;
};

// A hit shares an analysed term with the question (stop words apart), or one is as near as
// `min_similarity`.
bool bears_on(std::string_view question, const retrieval::Found& found,
              const retrieval::AnalysisSettings& analysis, double min_similarity);

}  // namespace maester::knowledge
