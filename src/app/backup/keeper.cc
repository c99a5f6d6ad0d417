#include "app/backup/keeper.h"

#include <algorithm>
#include <filesystem>

#include "store/file_copy.h"

namespace maester::app {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUnfinished = ".unfinished-";

api::Backup told(const BackupManifest& manifest, const std::string& path) {
  std::error_code error;
  return {.id = manifest.id,
          .path = fs::absolute(path, error).lexically_normal().string(),
          .manifest = backup_digest(manifest),
          .created_at = manifest.created_at,
          .bytes = manifest.bytes(),
          .files = manifest.files.size(),
          .journal = manifest.journal};
}

}  // namespace

BackupKeeper::BackupKeeper(BackupSource source, Tell tell, const Clock& clock, Random& random,
                           obs::Log& log)
    : source_(std::move(source)),
      tell_(std::move(tell)),
      directory_(source_.data + "/backups"),
      clock_(clock),
      random_(random),
      log_(log) {
  source_.stopped = [this] { return stopped_.load(std::memory_order_relaxed); };
}

Status BackupKeeper::open() {
  remove_unfinished();
  TRY_ASSIGN(const auto backups, list());
  if (!backups.empty()) last_ = backups.front().created_at.time_since_epoch().count();
  return {};
}

void BackupKeeper::remove_unfinished() const {
  std::error_code error;
  for (fs::directory_iterator entry(directory_, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->path().filename().string().starts_with(kUnfinished))
      fs::remove_all(entry->path(), ignored);
  }
}

std::optional<WallTime> BackupKeeper::last() const {
  const std::int64_t at = last_.load(std::memory_order_relaxed);
  if (at == 0) return std::nullopt;
  return WallTime{nanoseconds{at}};
}

Result<std::vector<api::Backup>> BackupKeeper::list() {
  std::vector<api::Backup> out;
  if (!source_.files.exists(directory_)) return out;
  TRY_ASSIGN(const auto names, source_.files.list(directory_));
  for (const std::string& name : names) {
    if (name.starts_with('.')) continue;
    const auto manifest = read_backup_manifest(path(name));
    if (manifest && manifest->id == name) {
      out.push_back(told(*manifest, path(name)));
    } else if (source_.files.exists(path(name))) {
      log_.event(obs::Level::warn, "not_a_backup")
          .field("path", path(name))
          .field("reason", manifest ? "It has another's manifest." : manifest.error().message);
    }
  }
  std::ranges::sort(out, [](const api::Backup& a, const api::Backup& b) {
    return std::tie(a.created_at, a.id) > std::tie(b.created_at, b.id);
  });
  return out;
}

// Under another name first: what is half gone counts for nothing.
Status BackupKeeper::remove(const std::string& id) const {
  const std::string going = path(std::string(kUnfinished) + id);
  TRY(source_.files.rename(path(id), going));
  std::error_code error;
  fs::remove_all(going, error);
  return {};
}

Result<api::Backup> BackupKeeper::make_one(const access::Actor& actor) {
  const BackupManifest named = name_backup(clock_, random_);
  const std::string making = path(std::string(kUnfinished) + named.id);
  TRY(source_.files.create_directories(making));
  TRY(tell_(actor, named.id));
  auto made = fill_backup(source_, named, making);
  Status done =
      made ? source_.files.rename(making, path(named.id)) : Status(fail(std::move(made).error()));
  if (done) done = source_.files.sync_directory(directory_);
  if (!done) {
    remove_unfinished();
    return fail(std::move(done).error());
  }
  return told(*made, path(named.id));
}

Result<api::Backup> BackupKeeper::make(std::int64_t keep, const access::Actor& actor) {
  const std::unique_lock turn(one_, std::try_to_lock);
  if (!turn.owns_lock())
    return fail(Code::conflict, "A backup is being made; ask again when it is done.");
  const MonoTime began = clock_.mono();
  remove_unfinished();
  auto made = make_one(actor);
  if (!made) {
    log_.event(obs::Level::error, "backup_failed")
        .field("reason", made.error().message)
        .field("detail", made.error().detail);
    return made;
  }
  last_ = made->created_at.time_since_epoch().count();
  const auto took = std::chrono::floor<milliseconds>(clock_.mono() - began);
  log_.event(obs::Level::info, "backup_made")
      .field("id", made->id)
      .field("bytes", made->bytes)
      .field("duration_ms", static_cast<std::int64_t>(took.count()));
  TRY_ASSIGN(const auto all, list());
  for (std::size_t i = static_cast<std::size_t>(keep); i < all.size(); ++i) {
    if (Status gone = remove(all[i].id); !gone) {
      log_.event(obs::Level::error, "backup_not_removed")
          .field("id", all[i].id)
          .field("reason", gone.error().message);
    }
  }
  return made;
}

}  // namespace maester::app
