// What an answer may rest on: passages of documents that the asker may read, numbered as the model
// is to cite them. The seam to whoever finds them (knowledge).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "access/principal.h"
#include "base/result.h"
#include "codec/json.h"
#include "runtime/core.h"

namespace maester::gateway {

// Bytes [start, end) of a document's canonical text; text == canonical[start:end].
struct Passage {
  std::string document_id, source_id, title, section, chunk_id, text;
  std::string parser;  // what read the document
  std::uint64_t start = 0, end = 0;
  std::uint32_t page = 0;  // 0 = none
};

// What is done with an answer that does not rest on its evidence.
enum class WeakAnswer : std::uint8_t { deliver, refuse, clarify, escalate };

struct Evidence {
  std::string collection, index_version, chunker, embedder;
  std::string language;           // of the collection's analysis, "" = none
  std::vector<Passage> passages;  // best first; [1] is the first
  bool missing = false;           // nothing that bears on the question
  std::int64_t token_budget = 0;  // of all passages together
  std::vector<std::string> degraded;
  WeakAnswer on_ungrounded = WeakAnswer::deliver, on_partial = WeakAnswer::deliver;
};
using EvidencePtr = std::shared_ptr<const Evidence>;

struct EvidenceAsk {
  std::string collection, question, filters;  // filters: JSON as a search takes them, "" = none
  std::size_t top_k = 10;
  std::int64_t index_version = 0;  // 0 = the live one
};

// "v3", 3 or "3", as a request names a version of a collection's index. Code::invalid_request.
Result<std::int64_t> read_index_version(json::Value value);

class EvidenceSource {
 public:
  virtual ~EvidenceSource() = default;
  // Suspends. On a core. Code::not_found for a collection that the principal's tenant has not and
  // for an index version that the collection has not, conflict for one that is not ready, forbidden
  // for one that is not live where the principal may only read.
  virtual runtime::Task<Result<EvidencePtr>> find(EvidenceAsk ask,
                                                  const access::Principal& principal,
                                                  runtime::StopToken stop) const = 0;
};

}  // namespace maester::gateway
