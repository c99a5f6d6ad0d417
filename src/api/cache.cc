// /v1/cache: what the caches of a tenant hold and saved, and emptying them.
#include "api/change.h"
#include "api/handlers.h"
#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::api {
namespace {

double rate(const gateway::CacheStats& stats) {
  const std::int64_t looked = stats.hits + stats.misses;
  return looked == 0 ? 0.0 : static_cast<double>(stats.hits) / static_cast<double>(looked);
}

}  // namespace

runtime::Task<Result<Answer>> show_cache(Context& context) {
  const gateway::ResponseCache& cache = context.deps.services().cache;
  const gateway::CacheStats stats = cache.stats(context.principal.tenant);
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().field("hits", stats.hits).field("misses", stats.misses);
  w.field("shared", stats.shared).field("hit_rate", rate(stats));
  w.field("saved_usd", stats.saved).field("saved_ms", stats.saved_time.count());
  w.end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> empty_cache(Context& context) {
  const std::string model = wire::query_parameter(context.request.query(), "model").value_or("");
  auto purging = context.deps.services().cache.purge(context.principal.tenant, model);
  CO_TRY(co_await std::move(purging));
  Answer answer;
  json::Writer(answer.body).begin_object().field("emptied", true).end_object();
  co_return answer;
}

}  // namespace maester::api
