#include "knowledge/evidence_finder.h"

#include <algorithm>
#include <set>

namespace maester::knowledge {
namespace {

gateway::WeakAnswer weak(OnWeak what) {
  switch (what) {
    case OnWeak::refuse:
      return gateway::WeakAnswer::refuse;
    case OnWeak::clarify:
      return gateway::WeakAnswer::clarify;
    case OnWeak::escalate:
      return gateway::WeakAnswer::escalate;
    case OnWeak::deliver:
      break;
  }
  return gateway::WeakAnswer::deliver;
}

// A hit with its neighbours, where they follow one another in the document: one passage.
gateway::Passage passage_of(const retrieval::Hit& hit) {
  gateway::Passage out;
  out.document_id = hit.document.to_string();
  out.source_id = hit.source_id;
  out.title = hit.title;
  out.section = hit.context;
  out.chunk_id = out.document_id + "#" + std::to_string(hit.chunk);
  out.text = hit.text;
  out.start = hit.start;
  out.end = hit.end;
  out.page = hit.page;
  for (const auto& before : hit.before) {
    if (before.start >= out.start || before.end < out.start) continue;
    out.text.insert(0, before.text.substr(0, out.start - before.start));
    out.start = before.start;
    out.page = before.page;
  }
  for (const auto& after : hit.after) {
    if (after.end <= out.end || after.start > out.end) continue;
    out.text += after.text.substr(out.end - after.start);
    out.end = after.end;
  }
  return out;
}

}  // namespace

bool bears_on(std::string_view question, const retrieval::Found& found,
              const retrieval::AnalysisSettings& analysis, double min_similarity) {
  if (static_cast<double>(found.best_similarity) >= min_similarity) return true;
  retrieval::AnalysisSettings plain = analysis;
  plain.stop_words = true;
  const auto words = retrieval::analyse(plain, question);
  const std::set<std::string> terms(words.begin(), words.end());
  return std::ranges::any_of(found.hits, [&](const retrieval::Hit& hit) {
    for (const std::string_view text : {hit.context, hit.text}) {
      for (const std::string& term : retrieval::analyse(plain, text)) {
        if (terms.contains(term)) return true;
      }
    }
    return false;
  });
}

// What read each passage's document. One that is gone since is left without.
Status EvidenceFinder::name_parsers(const Opened& opened, gateway::Evidence& evidence) const {
  for (gateway::Passage& passage : evidence.passages) {
    const auto document = searcher_.library().catalog().document(
        opened.collection, Uuid::parse(passage.document_id).value_or(Uuid{}));
    if (!document || document->report.empty()) continue;
    TRY_ASSIGN(const json::Document report, json::Document::parse(document->report));
    passage.parser = report.root().get("parser").string_or("");
  }
  return {};
}

runtime::Task<Result<gateway::EvidencePtr>> EvidenceFinder::find(gateway::EvidenceAsk ask,
                                                                 const access::Principal& principal,
                                                                 runtime::StopToken stop) const {
  CO_TRY_ASSIGN(const OpenedPtr opened, searcher_.library().find(principal.tenant, ask.collection));
  const SearchSettings& settings = opened->collection.search;
  SearchRequest request;
  request.query = ask.question;
  request.top_k = ask.top_k;
  request.neighbours = static_cast<std::size_t>(settings.neighbours);
  request.version = ask.index_version;
  if (!ask.filters.empty()) {
    CO_TRY_ASSIGN(const json::Document filters, json::Document::parse(ask.filters));
    CO_TRY_ASSIGN(request.filters, read_filters(filters.root()));
  }
  const auto groups = principal.groups();
  auto searching = searcher_.search(
      opened, std::move(request),
      {{principal.tenant, principal.key_id}, {groups.begin(), groups.end()}, principal.role}, stop);
  CO_TRY_ASSIGN(const SearchAnswer answer, co_await std::move(searching));
  auto evidence = std::make_shared<gateway::Evidence>();
  evidence->collection = opened->collection.name;
  evidence->index_version = answer.index_version;
  evidence->chunker = ingest::kChunkerVersion;
  const IndexSpec& spec = answer.version->spec;
  if (const auto embedder =
          searcher_.library().embedder(spec.embedding, {principal.tenant, principal.key_id});
      embedder && *embedder != nullptr) {
    evidence->embedder = (*embedder)->version();
  }
  evidence->language = spec.analysis.language;
  evidence->token_budget = settings.evidence_tokens;
  evidence->degraded = answer.degraded;
  evidence->on_ungrounded = weak(settings.on_ungrounded);
  evidence->on_partial = weak(settings.on_partial);
  evidence->missing = !bears_on(ask.question, answer.found, spec.analysis, settings.min_similarity);
  if (!evidence->missing) {
    for (const retrieval::Hit& hit : answer.found.hits) {
      gateway::Passage passage = passage_of(hit);
      // Overlapping chunks of one document say the same twice.
      const bool said = std::ranges::any_of(evidence->passages, [&](const gateway::Passage& other) {
        return other.document_id == passage.document_id && other.start <= passage.start &&
               other.end >= passage.end;
      });
      if (!said) evidence->passages.push_back(std::move(passage));
    }
  }
  auto naming = [&]() -> Status { return name_parsers(*opened, *evidence); };
  auto running = searcher_.pool().run(naming);
  CO_TRY(co_await std::move(running));
  co_return gateway::EvidencePtr(std::move(evidence));
}

}  // namespace maester::knowledge
