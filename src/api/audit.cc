// /v1/audit: who changed what.
#include <charconv>

#include "api/body.h"
#include "api/handlers.h"
#include "base/hex.h"
#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::api {
namespace {

using access::AuditRow;

// Which chain is asked for: the caller's own, or any for who manages all tenants.
Result<std::string> read_chain(const Context& context) {
  const std::string_view query = context.request.query();
  const bool all = context.principal.manages_all_tenants();
  if (wire::query_parameter(query, "system").value_or("") == "true") {
    if (all) return std::string(access::kSystemChain);
    return fail(Code::forbidden, "Only an admin of tenant `default` may read the system's log.",
                "system");
  }
  std::string tenant = wire::query_parameter(query, "tenant").value_or(context.principal.tenant);
  if (tenant == context.principal.tenant || (all && !tenant.empty())) return tenant;
  return fail(Code::not_found, "There is no tenant `" + tenant.substr(0, 64) + "`.", "tenant");
}

Result<std::int64_t> read_cursor(std::string_view query) {
  const std::string text = wire::query_parameter(query, "cursor").value_or("");
  if (text.empty()) return std::int64_t{0};
  std::int64_t seq = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seq);
  if (error == std::errc{} && end == text.data() + text.size() && seq > 0) return seq;
  return fail(Code::invalid_request, "`cursor` is not one that this list gave.", "cursor");
}

std::string hex_of(std::string_view bytes) {
  return hex_encode(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

void write_row(json::Writer& w, const AuditRow& row) {
  w.begin_object().field("seq", row.seq).field("at", format_rfc3339(row.at));
  w.key("actor").begin_object().field("tenant", row.actor.tenant);
  w.field("key_id", row.actor.key_id).field("source", row.actor.source).end_object();
  w.field("action", row.action).field("object", row.object);
  w.optional_field("before", hex_of(row.before)).optional_field("after", hex_of(row.after));
  w.field("hash", hex_encode(row.hash)).end_object();
}

struct Page {
  std::vector<AuditRow> rows;
  access::AuditHead head;
};

}  // namespace

runtime::Task<Result<Answer>> list_audit(Context& context) {
  CO_TRY_ASSIGN(const std::string chain, read_chain(context));
  CO_TRY_ASSIGN(const std::size_t limit, read_limit(context.request.query()));
  CO_TRY_ASSIGN(const std::int64_t before, read_cursor(context.request.query()));
  auto work = [&]() -> Result<Page> {
    Page page;
    TRY_ASSIGN(page.head, context.deps.audit.head(chain));
    TRY_ASSIGN(page.rows, context.deps.audit.page(chain, before, limit));
    return page;
  };
  auto reading = context.deps.control.run(work);
  CO_TRY_ASSIGN(const Page page, co_await std::move(reading));
  if (page.head.seq == 0 && !context.deps.keys.view().newest()->tenants.contains(chain))
    co_return fail(Code::not_found, "There is no tenant `" + chain.substr(0, 64) + "`.", "tenant");
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const AuditRow& row : page.rows) write_row(w, row);
  w.end_array().key("head").begin_object();
  w.field("seq", page.head.seq).field("hash", hex_encode(page.head.hash)).end_object();
  w.key("next_cursor");
  page.rows.size() == limit&& page.rows.back().seq > 1
      ? w.value(std::to_string(page.rows.back().seq))
      : w.null();
  w.end_object();
  co_return answer;
}

}  // namespace maester::api
