#include "knowledge/search.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "base/hash.h"
#include "gateway/pipeline/call.h"
#include "gateway/pipeline/surface.h"

namespace maester::knowledge {
namespace {

constexpr std::chrono::milliseconds kQueryEmbedding{5'000};
constexpr std::size_t kRerankDepth = 50;

// Where a list goes on: which version's snapshot, how far, and of which question. The last keeps a
// cursor from being used on another list.
struct Cursor {
  std::int64_t version = 0;
  std::uint64_t sequence = 0;
  std::size_t skip = 0;
  std::string question;
};

std::string question_of(const SearchRequest& request, const Asker& asker) {
  std::string text = request.query + '\0' + std::to_string(static_cast<int>(request.mode));
  for (const auto& condition : request.filters) {
    text += '\0' + condition.field + std::to_string(static_cast<int>(condition.op));
    for (const auto& value : condition.values) {
      text += '\1';
      if (const auto* word = std::get_if<std::string>(&value)) text += *word;
      if (const auto* number = std::get_if<double>(&value)) text += std::to_string(*number);
      if (const auto* flag = std::get_if<bool>(&value)) text += *flag ? "t" : "f";
    }
  }
  for (const std::string& group : asker.groups) text += '\2' + group;
  return sha256_hex(text).substr(0, 16);
}

std::string write_cursor(const Cursor& cursor) {
  return std::to_string(cursor.version) + "." + std::to_string(cursor.sequence) + "." +
         std::to_string(cursor.skip) + "." + cursor.question;
}

std::unexpected<Error> not_a_cursor() {
  return fail(Code::invalid_request, "`cursor` is not one of this search; begin without it.",
              "cursor");
}

template <class T>
bool take_number(std::string_view& text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  const auto used = static_cast<std::size_t>(end - text.data());
  if (error != std::errc{} || used >= text.size() || text[used] != '.') return false;
  text.remove_prefix(used + 1);
  return true;
}

Result<Cursor> read_cursor(std::string_view text) {
  Cursor out;
  if (!take_number(text, out.version) || !take_number(text, out.sequence) ||
      !take_number(text, out.skip) || text.size() != 16)
    return not_a_cursor();
  out.question = text;
  return out;
}

// The documents of the first hits, to be put in order by a model.
class RankSurface final : public gateway::Surface {
 public:
  RankSurface(const SearchSettings& settings, std::string_view query,
              const std::vector<retrieval::Hit>& hits)
      : settings_(settings), query_(query), hits_(hits) {}
  gateway::Protocol protocol() const override { return gateway::Protocol::openai_chat; }
  Status read(gateway::Call& call) const override {
    call.operation = gateway::Operation::rerank;
    call.chat.model = settings_.rerank_model;
    call.rerank.model = settings_.rerank_model;
    call.rerank.query = query_;
    for (const retrieval::Hit& hit : hits_) call.rerank.documents.emplace_back(hit.text);
    call.options.timeout = settings_.rerank_deadline;
    return {};
  }
  std::int64_t estimate_input_tokens(const gateway::Call&) const override { return 0; }
  Error budget_refusal(const gateway::Call&) const override { return {}; }
  std::string write_answer(const gateway::Call&) const override { return {}; }

 private:
  const SearchSettings& settings_;
  std::string_view query_;
  const std::vector<retrieval::Hit>& hits_;
};

}  // namespace

Searcher::Searcher(Library& library, const gateway::Pipeline& pipeline, runtime::WorkerPool& pool,
                   obs::Registry& metrics)
    : library_(library),
      pipeline_(pipeline),
      pool_(pool),
      counted_{counted(metrics, "hybrid"), counted(metrics, "lexical"),
               counted(metrics, "vector")} {}

Searcher::Counted Searcher::counted(obs::Registry& metrics, std::string_view mode) {
  const std::vector<obs::Label> labels{{"mode", std::string(mode)}};
  return {metrics.counter("maester_searches_total", "Searches of collections.", labels),
          metrics.counter("maester_searches_degraded_total",
                          "Searches without their embedding model or reranker.", labels),
          metrics.histogram("maester_search_duration_seconds",
                            "From a search's beginning to its hits, models included.",
                            obs::genai_duration_buckets(), labels)};
}

runtime::Task<Result<SearchAnswer>> Searcher::search(OpenedPtr opened, SearchRequest request,
                                                     Asker asker, runtime::StopToken stop) const {
  const Clock& clock = pipeline_.services().clock;
  const MonoTime begun = clock.mono();
  const Counted& counts = counted_[static_cast<std::size_t>(request.mode)];
  counts.searches.add();
  auto searching = run(std::move(opened), std::move(request), std::move(asker), stop);
  auto answer = co_await std::move(searching);
  counts.duration.record(std::chrono::duration<double>(clock.mono() - begun).count());
  if (answer && !answer->degraded.empty()) counts.degraded.add();
  co_return answer;
}

runtime::Task<Status> Searcher::rerank(const Opened& opened, const SearchRequest& request,
                                       const Asker& asker, SearchAnswer& answer,
                                       runtime::StopToken stop) const {
  const SearchSettings& settings = opened.collection.search;
  std::vector<retrieval::Hit>& hits = answer.found.hits;
  const RankSurface surface(settings, request.query, hits);
  const Clock& clock = pipeline_.services().clock;
  gateway::Call call;
  call.surface = &surface;
  call.principal.tenant = asker.payer.tenant;
  call.principal.key_id = asker.payer.key_id;
  call.principal.role = access::Role::member;
  call.received = clock.mono();
  call.received_wall = clock.wall();
  call.gone = stop;
  call.endpoint = "knowledge";
  auto running = pipeline_.run(call);
  CO_TRY(co_await std::move(running));
  std::vector<retrieval::Hit> ordered;
  std::vector<bool> taken(hits.size());
  for (const auto& hit : call.attempt()->ranking.hits) {
    const auto at = static_cast<std::size_t>(hit.index);
    if (at >= hits.size() || taken[at]) continue;
    taken[at] = true;
    ordered.push_back(std::move(hits[at]));
    answer.rerank_scores.push_back(hit.score);
  }
  for (std::size_t i = 0; i < hits.size(); ++i) {
    if (!taken[i]) ordered.push_back(std::move(hits[i]));
  }
  hits = std::move(ordered);
  answer.reranked = true;
  co_return Status{};
}

runtime::Task<Result<SearchAnswer>> Searcher::run(OpenedPtr opened, SearchRequest request,
                                                  Asker asker, runtime::StopToken stop) const {
  if (opened->rebuilding) {
    co_return fail(Code::overloaded,
                   "The index of this collection was damaged and is being made anew from its "
                   "documents; try again shortly.",
                   "collection");
  }
  SearchAnswer answer;
  OpenVersionPtr version = opened->live;
  if (request.version > 0 && request.version != version->number) {
    auto opening = [&] { return library_.version(*opened, request.version); };
    auto running = pool_.run(opening);
    CO_TRY_ASSIGN(version, co_await std::move(running));
  }
  Cursor cursor{.version = version->number,
                .sequence = 0,
                .skip = 0,
                .question = question_of(request, asker)};
  if (request.cursor.empty()) {
    answer.snapshot = version->index->snapshot();
    cursor.sequence = answer.snapshot->sequence();
  } else {
    CO_TRY_ASSIGN(const Cursor given, read_cursor(request.cursor));
    if (given.question != cursor.question) co_return not_a_cursor();
    if (given.version == version->number)
      answer.snapshot = version->index->snapshot(given.sequence);
    if (answer.snapshot == nullptr) {
      co_return fail(Code::conflict,
                     "The list that `cursor` goes on with is not kept any more; begin without it.",
                     "cursor");
    }
    cursor = given;
  }
  const EmbeddingSettings& embedding = version->spec.embedding;
  const bool vectors =
      request.mode != retrieval::Mode::lexical && embedding.kind != EmbeddingSettings::Kind::none;
  if (request.mode == retrieval::Mode::vector && !vectors) {
    co_return fail(Code::invalid_request, "This collection has no vectors; search it lexically.",
                   "mode");
  }
  std::vector<float> vector;
  if (vectors && embedding.kind == EmbeddingSettings::Kind::model) {
    auto embedding_query = embed_by_model(pipeline_, embedding, asker.payer, {request.query},
                                          retrieval::Purpose::query, kQueryEmbedding, stop);
    auto made = co_await std::move(embedding_query);
    if (made) {
      vector = std::move(made->front());
    } else if (request.mode == retrieval::Mode::vector ||
               made.error().code == Code::budget_exceeded || made.error().code == Code::cancelled) {
      co_return fail(std::move(made.error()));
    } else {
      answer.degraded.emplace_back("embedding");
    }
  }
  const SearchSettings& settings = opened->collection.search;
  const bool ranked = !settings.rerank_model.empty() && request.cursor.empty();
  auto work = [&]() -> Result<retrieval::Found> {
    retrieval::Query query;
    query.text = request.query;
    if (vectors && embedding.kind != EmbeddingSettings::Kind::model) {
      TRY_ASSIGN(const auto embedder, library_.embedder(embedding, asker.payer));
      const std::string_view text = request.query;
      TRY_ASSIGN(auto made, embedder->embed(std::span(&text, 1), retrieval::Purpose::query));
      vector = std::move(made.front());
    }
    query.vector = vector;
    query.mode = vector.empty() ? retrieval::Mode::lexical : request.mode;
    query.top_k = ranked ? std::max(request.top_k, kRerankDepth) : request.top_k;
    query.skip = cursor.skip;
    query.groups = asker.groups;
    query.filters = request.filters;
    query.k1 = settings.k1;
    query.b = settings.b;
    query.lexical_weight = settings.lexical_weight;
    query.vector_weight = settings.vector_weight;
    query.neighbours = request.neighbours;
    query.explain = request.explain;
    return answer.snapshot->search(query);
  };
  auto searching = pool_.run(work);
  CO_TRY_ASSIGN(answer.found, co_await std::move(searching));
  answer.index_version = version->name();
  if (ranked && !answer.found.hits.empty()) {
    auto ranking = rerank(*opened, request, asker, answer, stop);
    if (!co_await std::move(ranking)) answer.degraded.emplace_back("rerank");
  }
  if (answer.found.hits.size() > request.top_k) answer.found.hits.resize(request.top_k);
  cursor.skip += answer.found.hits.size();
  if (!answer.found.hits.empty() && cursor.skip < answer.found.fused && !ranked)
    answer.next_cursor = write_cursor(cursor);
  co_return answer;
}

}  // namespace maester::knowledge
