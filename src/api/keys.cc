// /v1/keys: API keys as objects.
#include <array>

#include "api/body.h"
#include "api/change.h"
#include "api/handlers.h"
#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::api {
namespace {

constexpr std::int64_t kLongestOverlapSeconds = 90 * 24 * 3600;

access::TenantScope scope_of(const Context& context) {
  return access::TenantScope::of(context.principal);
}

Result<access::NewKey> read_key(json::Value body) {
  access::NewKey key;
  if (const json::Value name = body.get("name"); !name.empty()) {
    TRY_ASSIGN(key.name, name.as_string());
  }
  if (const json::Value role = body.get("role"); !role.empty()) {
    TRY_ASSIGN(const std::string_view text, role.as_string());
    const auto parsed = access::parse_role(text);
    if (!parsed) {
      return fail(Code::invalid_request, "`role` must be viewer, member or admin.", "role");
    }
    key.role = *parsed;
  }
  TRY_ASSIGN(key.terms, access::read_terms(body));
  return key;
}

Answer secret_answer(const access::KeyStore::Minted& minted, int status) {
  Answer answer;
  answer.status = status;
  json::Writer w(answer.body);
  access::write_key(w, *minted.key, minted.secret.reveal());
  answer.headers.set("cache-control", "no-store");
  return answer;
}

// Sorts as (tenant, id) does: no name holds a line feed.
std::string cursor_of(const access::Key& key) {
  return key.principal.tenant + "\n" + key.id;
}

}  // namespace

runtime::Task<Result<Answer>> create_key(Context& context) {
  static constexpr std::array<std::string_view, 9> kKnown{
      "name", "role", "tenant", "models", "routes", "groups", "delegate", "networks", "expires_at"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  const json::Value body = document.root();
  CO_TRY_ASSIGN(access::NewKey asked, read_key(body));
  std::string tenant = context.principal.tenant;
  if (const json::Value given = body.get("tenant"); !given.empty()) {
    CO_TRY_ASSIGN(tenant, given.as_string());
  }
  auto work = [&] {
    return context.deps.keys.create(scope_of(context), tenant, std::move(asked), actor_of(context));
  };
  auto making = change(context, work);
  CO_TRY_ASSIGN(const access::KeyStore::Minted minted, co_await std::move(making));
  co_return secret_answer(minted, 201);
}

runtime::Task<Result<Answer>> list_keys(Context& context) {
  const std::string_view query = context.request.query();
  CO_TRY_ASSIGN(const std::size_t limit, read_limit(query));
  const std::string cursor = wire::query_parameter(query, "cursor").value_or("");
  const auto tenant = wire::query_parameter(query, "tenant");
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  std::size_t written = 0;
  std::string next;
  const auto view = context.deps.keys.view().newest();
  for (const access::KeyPtr& key : access::list_keys(*view, scope_of(context))) {
    if ((tenant && key->principal.tenant != *tenant) || cursor_of(*key) <= cursor) continue;
    if (written++ == limit) break;
    access::write_key(w, *key);
    next = cursor_of(*key);
  }
  w.end_array().key("next_cursor");
  written > limit ? w.value(next) : w.null();
  w.end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> show_key(Context& context) {
  const auto view = context.deps.keys.view().newest();
  CO_TRY_ASSIGN(const access::KeyPtr key,
                access::find_key(*view, scope_of(context), context.parameters[0]));
  Answer answer;
  json::Writer w(answer.body);
  access::write_key(w, *key);
  co_return answer;
}

runtime::Task<Result<Answer>> revoke_key(Context& context) {
  auto work = [&] {
    return context.deps.keys.revoke(scope_of(context), context.parameters[0], actor_of(context));
  };
  auto revoking = change(context, work);
  CO_TRY(co_await std::move(revoking));
  Answer answer;
  json::Writer(answer.body)
      .begin_object()
      .field("id", context.parameters[0])
      .field("revoked", true)
      .end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> rotate_key(Context& context) {
  static constexpr std::array<std::string_view, 1> kKnown{"overlap_s"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  std::int64_t overlap = 0;
  if (const json::Value given = document.root().get("overlap_s"); !given.empty()) {
    CO_TRY_ASSIGN(overlap, given.as_int());
  }
  if (overlap < 0 || overlap > kLongestOverlapSeconds) {
    co_return fail(Code::invalid_request,
                   "`overlap_s` is how many seconds the old secret still opens: 0 to 7776000.",
                   "overlap_s");
  }
  auto work = [&] {
    return context.deps.keys.rotate(scope_of(context), context.parameters[0],
                                    std::chrono::seconds{overlap}, actor_of(context));
  };
  auto rotating = change(context, work);
  CO_TRY_ASSIGN(const access::KeyStore::Minted minted, co_await std::move(rotating));
  co_return secret_answer(minted, 200);
}

}  // namespace maester::api
