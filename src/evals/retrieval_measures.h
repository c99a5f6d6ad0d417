// retrieval-ndcg, retrieval-mrr, retrieval-recall, retrieval-map: src/retrieval's measures as
// assertions. Private to evals.
#pragma once

#include "evals/assertion.h"

namespace maester::evals {

// The output is the ranking, best first: a list of document ids, of mappings with `id` or
// `source_id`, or such a list's JSON. The value is what is relevant: a list of ids, or {id: grade}.
// `config.k` (10; recall 100) is how many count. Passes at the threshold (0.5).
Grading grade_retrieval(const Assertion& assertion, const Value& output, const Graded& subject);

}  // namespace maester::evals
