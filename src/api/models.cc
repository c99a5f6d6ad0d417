// GET /v1/models.
#include "api/handlers.h"
#include "codec/json_writer.h"
#include "gateway/routing/allowed.h"

namespace maester::api {
namespace {

void write_model(json::Writer& w, std::string_view name, std::string_view owner) {
  w.begin_object()
      .field("id", name)
      .field("object", "model")
      .field("created", 0)
      .field("owned_by", owner)
      .end_object();
}

}  // namespace

runtime::Task<Result<Answer>> list_models(Context& context) {
  const auto& snapshot = context.deps.services().snapshots.current();
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().field("object", "list").key("data").begin_array();
  for (const auto& [name, owner] : gateway::offered_to(context.principal, *snapshot))
    write_model(w, name, owner);
  w.end_array().end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> get_model(Context& context) {
  const auto& snapshot = context.deps.services().snapshots.current();
  const std::string& name = context.parameters[0];
  CO_TRY_ASSIGN(const gateway::Resolution found, resolve_for(context.principal, *snapshot, name));
  Answer answer;
  json::Writer w(answer.body);
  write_model(w, name,
              found.route.empty() ? found.targets.front().provider->config.name : "maester");
  co_return answer;
}

}  // namespace maester::api
