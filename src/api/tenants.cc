// /v1/tenants: for an admin of tenant `default`.
#include <array>

#include "api/answers.h"
#include "api/body.h"
#include "api/change.h"
#include "api/handlers.h"
#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::api {
namespace {

void write_tenant(json::Writer& w, const access::Tenant& tenant) {
  w.begin_object()
      .field("name", tenant.name)
      .field("created_at", format_rfc3339(tenant.created_at))
      .end_object();
}

}  // namespace

runtime::Task<Result<Answer>> create_tenant(Context& context) {
  static constexpr std::array<std::string_view, 1> kKnown{"name"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(const std::string_view name, document.root().get("name").as_string());
  auto work = [&] { return context.deps.keys.create_tenant(name, actor_of(context)); };
  auto making = change(context, work);
  CO_TRY_ASSIGN(const access::Tenant made, co_await std::move(making));
  co_return object_answer(made, write_tenant, 201);
}

runtime::Task<Result<Answer>> list_tenants(Context& context) {
  CO_TRY_ASSIGN(const std::size_t limit, read_limit(context.request.query()));
  const std::string cursor = wire::query_parameter(context.request.query(), "cursor").value_or("");
  const auto view = context.deps.keys.view().newest();
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  auto tenant = view->tenants.upper_bound(cursor);
  std::string last;
  for (std::size_t n = 0; n < limit && tenant != view->tenants.end(); ++n, ++tenant) {
    write_tenant(w, tenant->second);
    last = tenant->first;
  }
  w.end_array().key("next_cursor");
  tenant == view->tenants.end() ? w.null() : w.value(last);
  w.end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> show_tenant(Context& context) {
  const auto view = context.deps.keys.view().newest();
  const auto tenant = view->tenants.find(context.parameters[0]);
  if (tenant == view->tenants.end())
    co_return fail(Code::not_found, "There is no tenant `" + context.parameters[0] + "`.");
  co_return object_answer(tenant->second, write_tenant);
}

runtime::Task<Result<Answer>> erase_tenant(Context& context) {
  auto work = [&] {
    return context.deps.keys.erase_tenant(context.parameters[0], actor_of(context));
  };
  auto erasing = change(context, work);
  CO_TRY(co_await std::move(erasing));
  Answer answer;
  json::Writer(answer.body)
      .begin_object()
      .field("name", context.parameters[0])
      .field("erased", true)
      .end_object();
  co_return answer;
}

}  // namespace maester::api
