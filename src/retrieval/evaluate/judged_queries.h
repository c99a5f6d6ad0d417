// Queries with judgements, as test collections publish them, and what is made of them: the same
// queries mistyped. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "retrieval/evaluate/measures.h"

namespace maester::retrieval {

struct JudgedQuery {
  std::string id, text;
};
using Judgements = std::map<std::string, Grades, std::less<>>;  // by query

// BEIR's queries.jsonl: a line each {"_id": "...", "text": "..."}; other members are passed over.
// Code::invalid_request names the line.
Result<std::vector<JudgedQuery>> read_queries(std::string_view jsonl);

// BEIR's qrels (`query-id corpus-id score`, a header line allowed) or TREC's (`query 0 document
// grade`), columns parted by tabs or spaces. Code::invalid_request names the line.
Result<Judgements> read_judgements(std::string_view text);

// The query as a hasty hand writes it: each run of four or more ASCII letters is mistyped
// (`of_eight` in 8: two letters swapped, one left out, one doubled, one wrong; never the first or
// last) or inflected otherwise (the others: -s, -ing, -ed come or go). The same query gives the
// same text for ever.
std::string misspell(const JudgedQuery& query, unsigned of_eight = 7);

}  // namespace maester::retrieval
