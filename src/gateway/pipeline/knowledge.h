// What an answer from documents adds to the stages: evidence in, markers and grounding out.
#pragma once

#include "gateway/pipeline/call.h"
#include "gateway/pipeline/services.h"

namespace maester::gateway {

// The name under which a tenant's registry may keep its own instructions for answers; a built-in
// text stands in.
inline constexpr std::string_view kAnswerPrompt = "knowledge_answer";
inline constexpr std::string_view kNoEvidence = "I cannot answer this from the approved sources.";

// Drops markers of no passage from a whole answer. Nothing without evidence.
void check_markers(Call& call, ChatResponse& response);

// Judges the answer's sentences; what its collection says of weak ones is decide_evidence()'s.
void judge_evidence(Call& call);
// False when the answer is replaced: by a refusal, a question back, or a note that a person looks.
void decide_evidence(Call& call);

// For receipts and the extension object. Null without.
void write_knowledge(json::Writer& w, const Call& call);
void write_citations(json::Writer& w, const Call& call);
void write_grounding(json::Writer& w, const Call& call);

}  // namespace maester::gateway
