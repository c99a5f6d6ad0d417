#include "api/ledger_read.h"

#include "gateway/pipeline/capture.h"

namespace maester::api {

meter::UsageReader reader_of(const Context& context) {
  return context.deps.usage.tenant(context.principal.tenant);
}

runtime::Task<Result<meter::RequestRow>> find_request(Context& context,
                                                      const std::string& request_id) {
  auto reading =
      read_ledger(context, [&context, &request_id] { return reader_of(context).find(request_id); });
  co_return co_await std::move(reading);
}

runtime::Task<Result<std::string>> open_capture(Context& context, const std::string& request_id) {
  auto finding = find_request(context, request_id);
  CO_TRY_ASSIGN(const meter::RequestRow row, co_await std::move(finding));
  if (!row.capture) {
    co_return fail(Code::replay_not_captured,
                   "The bodies of this request were not kept. Set `[capture] replay = \"full\"` to "
                   "keep them from now on.");
  }
  auto load = [&context, &row]() -> Result<std::string> {
    TRY_ASSIGN(const store::Record record, context.deps.journal.read_at(*row.capture));
    TRY_ASSIGN(const meter::Capture capture, meter::decode_capture(record.payload));
    return context.deps.vault.open_sealed(gateway::capture_place(row.tenant, row.request_id),
                                          capture.sealed);
  };
  auto loading = context.deps.readers.run(load);
  co_return co_await std::move(loading);
}

}  // namespace maester::api
