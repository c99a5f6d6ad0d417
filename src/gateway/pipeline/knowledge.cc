#include "gateway/pipeline/knowledge.h"

#include "gateway/evidence/markers.h"
#include "gateway/pipeline/stream_relay.h"
#include "gateway/pipeline/surface.h"

namespace maester::gateway {
namespace {

std::string_view content_of(const Call& call) {
  const Attempt* last = call.attempt();
  if (last == nullptr || last->response.choices.empty()) return {};
  return last->response.choices.front().content;
}

WeakAnswer wanted(const Call& call) {
  const Evidence& evidence = *call.evidence;
  switch (call.judgement->status) {
    case Grounding::ungrounded:
      if (evidence.on_ungrounded == WeakAnswer::deliver &&
          call.options.knowledge->require_citations)
        return WeakAnswer::refuse;
      return evidence.on_ungrounded;
    case Grounding::partial:
      return evidence.on_partial;
    default:
      return WeakAnswer::deliver;
  }
}

std::string replacement(const Call& call, WeakAnswer what) {
  if (what == WeakAnswer::escalate)
    return "This could not be answered with certainty; it was passed on to a person.";
  if (what != WeakAnswer::clarify) return std::string(kNoEvidence);
  std::string out =
      "Could you say more exactly what you are looking for? The sources nearest to "
      "the question are:";
  std::string_view before;
  for (const Passage& passage : call.evidence->passages) {
    if (passage.title == before) continue;
    before = passage.title;
    out += "\n- " + (passage.title.empty() ? passage.source_id : passage.title);
  }
  return out;
}

Decision decision_of(WeakAnswer what) {
  switch (what) {
    case WeakAnswer::clarify:
      return Decision::clarify;
    case WeakAnswer::escalate:
      return Decision::escalate;
    default:
      return Decision::refuse;
  }
}

}  // namespace

void check_markers(Call& call, ChatResponse& response) {
  if (call.evidence == nullptr) return;
  for (Choice& choice : response.choices) {
    MarkerFilter filter(call.evidence->passages.size());
    choice.content = filter.feed(choice.content) + filter.finish();
    call.dropped_markers += filter.dropped();
  }
}

void judge_evidence(Call& call) {
  if (call.evidence == nullptr || call.evidence->missing) return;
  call.judgement = judge_grounding(*call.evidence, content_of(call));
  call.judgement->dropped_markers = call.dropped_markers;
}

void decide_evidence(Call& call) {
  if (call.evidence == nullptr || call.evidence->missing || !call.judgement) return;
  const WeakAnswer what = wanted(call);
  Attempt& attempt = *call.attempt();
  if (what == WeakAnswer::deliver || attempt.response.choices.empty()) return;
  call.decision = decision_of(what);
  attempt.response.choices.resize(1);
  Choice& choice = attempt.response.choices.front();
  choice.content = replacement(call, what);
  choice.tool_calls.clear();
  choice.citations.clear();
  attempt.raw_body.clear();
  for (Sentence& sentence : call.judgement->sentences) sentence.citations.clear();
  call.judgement->sentences.clear();
  if (call.chat.stream && call.held_back && call.writer != nullptr) {
    attempt.held_bytes.clear();
    call.writer = call.surface->stream_writer(call);
    call.writer->append_events(attempt.held_bytes, events_of(attempt.response));
  }
}

void write_knowledge(json::Writer& w, const Call& call) {
  w.key("knowledge");
  if (call.evidence == nullptr) {
    w.null();
    return;
  }
  const Evidence& evidence = *call.evidence;
  w.begin_object().field("collection", evidence.collection);
  w.field("index_version", evidence.index_version).field("chunker", evidence.chunker);
  w.optional_field("embedder", evidence.embedder);
  w.key("chunks").begin_array();
  for (const Passage& passage : evidence.passages) {
    w.begin_object().field("chunk_id", passage.chunk_id).field("document_id", passage.document_id);
    w.field("source_id", passage.source_id).field("start", passage.start).field("end", passage.end);
    w.optional_field("parser", passage.parser).end_object();
  }
  w.end_array();
  if (call.judgement) {
    w.field("grounding", to_string(call.judgement->status));
    w.field("dropped_markers", call.judgement->dropped_markers);
  }
  if (!evidence.degraded.empty()) {
    w.key("degraded").begin_array();
    for (const std::string& part : evidence.degraded) w.value(part);
    w.end_array();
  }
  w.end_object();
}

void write_citations(json::Writer& w, const Call& call) {
  w.key("citations");
  if (!call.judgement) {
    w.null();
    return;
  }
  w.begin_array();
  for (const Sentence& sentence : call.judgement->sentences) {
    for (const Cited& cited : sentence.citations) write_cited(w, cited);
  }
  w.end_array();
}

void write_grounding(json::Writer& w, const Call& call) {
  w.key("grounding");
  if (!call.judgement) {
    w.null();
    return;
  }
  w.begin_object().field("status", to_string(call.judgement->status)).key("sentences");
  w.begin_array();
  for (const Sentence& sentence : call.judgement->sentences)
    write_sentence(w, sentence, content_of(call));
  w.end_array();
  if (call.judgement->dropped_markers > 0)
    w.field("dropped_markers", call.judgement->dropped_markers);
  w.end_object();
}

}  // namespace maester::gateway
