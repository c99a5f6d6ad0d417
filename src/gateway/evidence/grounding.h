// Whether the sentences of an answer rest on its evidence: by words, numbers, names and quotations,
// without a model. Cheap and explainable; it knows nothing of meaning, so a paraphrase without a
// common word counts as unsupported, and a negation is not seen.
//
// Pure. Linear in the answer and the passages it cites.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json_writer.h"
#include "gateway/evidence/evidence.h"

namespace maester::gateway {

enum class Grounding : std::uint8_t {
  neutral,     // no claim: a greeting, a heading
  grounded,    // cites, and what it cites says it
  partial,     // said by the evidence but not cited, or only in part
  ungrounded,  // not in the evidence
};
std::string_view to_string(Grounding status);

struct Cited {
  std::uint32_t marker = 0;  // [n]
  std::string document_id, source_id, title, quote;
  std::uint64_t start = 0, end = 0;  // of the quote, bytes of the document's canonical text
  std::uint32_t page = 0;
  std::size_t answer_start = 0, answer_end = 0;  // of the sentence, bytes of the answer
};

struct Sentence {
  std::size_t start = 0, end = 0;  // bytes of the answer, markers included
  Grounding status = Grounding::neutral;
  std::string reason;            // why it is not grounded: "number 42 is not in the evidence"
  std::vector<Cited> citations;  // one per marker
};

// Sentences [start, end) of `text`. With `whole` false the text may go on: only those are given
// that what follows cannot change.
std::vector<std::pair<std::size_t, std::size_t>> sentences_of(std::string_view text, bool whole);

class Grounder {
 public:
  // `evidence` outlives it.
  explicit Grounder(const Evidence& evidence);
  Sentence judge(std::string_view answer, std::size_t start, std::size_t end) const;

 private:
  struct Source;
  const Evidence& evidence_;
  std::vector<std::shared_ptr<const Source>> sources_;
};

// Of a whole answer.
struct Judgement {
  Grounding status = Grounding::ungrounded;  // never neutral
  std::vector<Sentence> sentences;
  std::int64_t dropped_markers = 0;
};
Judgement judge_grounding(const Evidence& evidence, std::string_view answer);
// Of sentences: all that claim are grounded; none is; else partial.
Grounding sum_up(const std::vector<Sentence>& sentences);

void write_cited(json::Writer& w, const Cited& cited);
void write_sentence(json::Writer& w, const Sentence& sentence, std::string_view answer);

}  // namespace maester::gateway
