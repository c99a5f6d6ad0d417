// POST /v1/collections/{c}/search.
#include "api/handlers.h"
#include "api/knowledge_json.h"

namespace maester::api {

runtime::Task<Result<Answer>> search_collection(Context& context) {
  CO_TRY_ASSIGN(const knowledge::OpenedPtr opened, own_collection(context));
  auto reading = context.request.read_body(1u << 20);
  CO_TRY_ASSIGN(const std::string body, co_await std::move(reading));
  CO_TRY_ASSIGN(const json::Document document, json::Document::parse(body));
  CO_TRY_ASSIGN(knowledge::SearchRequest request, knowledge::read_search_request(document.root()));
  const bool explain = request.explain;
  auto searching = context.deps.searcher.search(opened, std::move(request), asker_of(context),
                                                context.response.client_gone());
  CO_TRY_ASSIGN(const knowledge::SearchAnswer found, co_await std::move(searching));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().field("index_version", found.index_version).key("hits").begin_array();
  for (std::size_t i = 0; i < found.found.hits.size(); ++i)
    write_hit(w, found.found.hits[i], explain);
  w.end_array().key("next_cursor");
  found.next_cursor.empty() ? w.null() : w.value(found.next_cursor);
  if (found.reranked) w.field("reranked", true);
  if (!found.degraded.empty()) {
    w.key("degraded").begin_array();
    for (const std::string& part : found.degraded) w.value(part);
    w.end_array();
  }
  if (explain) w.field("plan", found.found.plan);
  w.end_object();
  co_return answer;
}

}  // namespace maester::api
