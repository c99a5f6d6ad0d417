// How a running server's parts are held still for a backup.
#include <future>

#include "app/backup/keeper.h"
#include "app/runtime_parts.h"

namespace maester::app {
namespace {

// Waits for the one thread that writes control.db to run it.
Status on_control(Parts& parts, const std::function<Status()>& work) {
  std::promise<Status> done;
  auto result = done.get_future();
  if (!parts.control_pool->submit([&] { done.set_value(work()); }))
    return fail(Code::overloaded, "The server's work queue is full; try again shortly.");
  return result.get();
}

}  // namespace

Result<std::unique_ptr<BackupKeeper>> open_backups(Parts& parts) {
  BackupSource source{
      .data = parts.data->path(),
      .files = parts.files,
      .journal = *parts.journal,
      .indexes =
          [&parts](const std::function<Status()>& begin, const knowledge::Library::Show& show) {
            return parts.knowledge.library->at_rest(begin, show);
          },
      .bodies =
          [&parts](const std::function<Status()>& begin,
                   const std::function<Status(const std::string&)>& show) {
            return parts.batches.files->at_rest(begin, show);
          },
      .control = [&parts](const std::function<Status()>& work) { return on_control(parts, work); },
      .stopped = {}};
  const auto tell = [&parts](const access::Actor& actor, const std::string& id) {
    return on_control(parts, [&] {
      return parts.control_db->transaction([&] {
        return parts.audit->record(actor, {access::kSystemChain, "backup.make", id, "", ""});
      });
    });
  };
  auto keeper = std::make_unique<BackupKeeper>(std::move(source), tell, parts.clock, parts.random,
                                               *parts.log);
  TRY(keeper->open());
  return keeper;
}

}  // namespace maester::app
