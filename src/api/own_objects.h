// What the routes of a tenant's own objects (budgets, limits) have in common: making one with a new
// id, changing it, taking it away. `Store` is meter::Budgets or meter::Limits.
#pragma once

#include <string>
#include <utility>

#include "api/answers.h"
#include "api/change.h"
#include "api/route.h"
#include "codec/json_writer.h"

namespace maester::api {

// Suspends.
template <class Store, class Object>
runtime::Task<Result<Object>> create_own(Context& context, Store& store, Object object) {
  object.id = runtime::Core::current()->ids().uuid().to_string();
  auto work = [&] { return store.create(std::move(object), actor_of(context)); };
  auto creating = change(context, work);
  co_return co_await std::move(creating);
}

// `changed`: what Store::change takes. Suspends.
template <class Store, class Changed>
auto change_own(Context& context, Store& store, const Changed& changed)
    -> runtime::Task<decltype(store.change({}, {}, changed, {}))> {
  auto work = [&] {
    return store.change(context.principal.tenant, context.parameters[0], changed,
                        actor_of(context));
  };
  auto changing = change(context, work);
  co_return co_await std::move(changing);
}

// Suspends.
template <class Store>
runtime::Task<Result<Answer>> delete_own(Context& context, Store& store) {
  const std::string& id = context.parameters[0];
  auto work = [&] { return store.remove(context.principal.tenant, id, actor_of(context)); };
  auto removing = change(context, work);
  CO_TRY(co_await std::move(removing));
  co_return deleted_answer("id", id);
}

}  // namespace maester::api
