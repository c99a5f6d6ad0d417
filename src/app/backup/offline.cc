#include "app/backup/offline.h"

#include <filesystem>

#include "app/backup/maker.h"
#include "app/backup/staging.h"
#include "app/data_directory.h"
#include "retrieval/index_check.h"

namespace maester::app {
namespace {

namespace fs = std::filesystem;

// Every index below DATA/knowledge, as nobody changes it.
Status show_indexes(store::FileSystem& files, const std::string& directory,
                    const knowledge::Library::Show& show) {
  if (!files.exists(directory)) return {};
  TRY_ASSIGN(const auto collections, files.list(directory));
  for (const std::string& collection : collections) {
    TRY_ASSIGN(const auto versions, files.list(directory + "/" + collection));
    for (const std::string& version : versions) {
      const std::string folder = collection + "/" + version;
      const auto index = retrieval::open_as_it_is(files, directory + "/" + folder);
      if (!index && index.error().code == Code::not_found) continue;  // begun, and nothing in it
      if (!index) return fail(index.error());
      TRY(show(folder, *(*index)->snapshot()));
    }
  }
  return {};
}

// Every body of a file; what has no row the next start removes, here and there.
Status show_bodies(store::FileSystem& files, const std::string& directory,
                   const std::function<Status(const std::string&)>& show) {
  if (!files.exists(directory)) return {};
  TRY_ASSIGN(const auto names, files.list(directory));
  for (const std::string& name : names) TRY(show(name));
  return {};
}

}  // namespace

Result<BackupManifest> back_up_offline(const std::string& data, const std::string& to) {
  std::error_code error;
  if (!fs::is_directory(data + "/journal", error)) {
    return fail(Code::not_found,
                "there is no journal in `" + data + "`; name the data directory with --data");
  }
  TRY_ASSIGN(const DataDirectory lock, DataDirectory::open(data));
  store::PosixFileSystem files;
  store::JournalConfig config;
  config.directory = data + "/journal";
  TRY_ASSIGN(const auto journal, store::Journal::open(files, config));
  const BackupSource source{
      .data = data,
      .files = files,
      .journal = *journal,
      .indexes = [&](const std::function<Status()>& begin,
                     const knowledge::Library::Show& show) -> Status {
        TRY(begin());
        return show_indexes(files, data + "/knowledge", show);
      },
      .bodies = [&](const std::function<Status()>& begin,
                    const std::function<Status(const std::string&)>& show) -> Status {
        TRY(begin());
        return show_bodies(files, data + "/files", show);
      },
      .control = [](const std::function<Status()>& work) { return work(); },
      .stopped = [] { return false; }};
  const SystemClock clock;
  SystemRandom random;
  TRY_ASSIGN(const auto staging, Staging::open(to));
  TRY_ASSIGN(BackupManifest made, fill_backup(source, name_backup(clock, random), staging->path()));
  TRY(journal->close());
  TRY(staging->become());
  return made;
}

}  // namespace maester::app
