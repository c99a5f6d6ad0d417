// /v1/backup and /v1/backups: copies of the data directory, on the server's own disk.
#include <array>

#include "api/backup_service.h"
#include "api/body.h"
#include "api/change.h"
#include "api/handlers.h"
#include "codec/json_writer.h"

namespace maester::api {
namespace {

void write_backup(json::Writer& w, const Backup& backup, WallTime now) {
  const auto age = std::chrono::floor<std::chrono::seconds>(now - backup.created_at);
  w.begin_object().field("id", backup.id).field("created_at", format_rfc3339(backup.created_at));
  w.field("age_s", static_cast<std::int64_t>(age.count())).field("bytes", backup.bytes);
  w.field("files", backup.files).field("path", backup.path).field("sha256", backup.manifest);
  w.key("journal").begin_array();
  for (const std::uint64_t sequence : backup.journal) w.value(sequence);
  w.end_array().end_object();
}

Result<std::int64_t> read_keep(json::Value body) {
  const json::Value given = body.get("keep");
  if (given.empty()) return BackupService::kKeep;
  TRY_ASSIGN(const std::int64_t keep, given.as_int());
  if (keep >= 1 && keep <= BackupService::kMostKept) return keep;
  return fail(Code::invalid_request,
              "`keep` is how many backups stay, this one included: 1 to " +
                  std::to_string(BackupService::kMostKept) + ".",
              "keep");
}

}  // namespace

runtime::Task<Result<Answer>> make_backup(Context& context) {
  static constexpr std::array<std::string_view, 1> kKnown{"keep"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(const std::int64_t keep, read_keep(document.root()));
  const auto work = [&context, keep] { return context.deps.backups.make(keep, actor_of(context)); };
  auto running = context.deps.backup_pool.run(work);
  CO_TRY_ASSIGN(const Backup backup, co_await std::move(running));
  Answer answer;
  answer.status = 201;
  json::Writer w(answer.body);
  write_backup(w, backup, context.deps.clock.wall());
  co_return answer;
}

runtime::Task<Result<Answer>> list_backups(Context& context) {
  const auto work = [&context] { return context.deps.backups.list(); };
  auto running = context.deps.readers.run(work);
  CO_TRY_ASSIGN(const std::vector<Backup> backups, co_await std::move(running));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const Backup& backup : backups) write_backup(w, backup, context.deps.clock.wall());
  w.end_array().key("next_cursor").null().end_object();
  co_return answer;
}

}  // namespace maester::api
