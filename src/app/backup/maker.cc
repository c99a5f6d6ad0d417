#include "app/backup/maker.h"

#include <array>
#include <filesystem>
#include <optional>

#include "base/hex.h"
#include "store/database_copy.h"
#include "store/file_copy.h"
#include "store/journal_copy.h"

namespace maester::app {
namespace {

namespace fs = std::filesystem;

// One backup on its way: what is held still, then what is copied.
class Maker {
 public:
  Maker(const BackupSource& source, std::string into) : source_(source), into_(std::move(into)) {}

  Status hold();
  Status copy();
  Result<std::vector<BackupFile>> list() const;
  const store::Positions& journal() const { return journal_; }

 private:
  struct Pinned {
    std::string name;
    store::PinnedDatabase database;
  };
  Status pin(const std::string& name);
  Status take_index(const std::string& folder, const retrieval::Snapshot& snapshot) const;
  Status check_space() const;
  Status copy_spans() const;
  Status copy_embedders() const;
  Status go_on() const;
  std::string from(const std::string& name) const { return source_.data + "/" + name; }
  std::string to(const std::string& name) const { return into_ + "/" + name; }

  const BackupSource& source_;
  const std::string into_;
  std::optional<std::string> anchors_;
  std::vector<Pinned> databases_;
  store::Positions journal_;
};

Status Maker::pin(const std::string& name) {
  if (!source_.files.exists(from(name))) return {};
  TRY_ASSIGN(store::PinnedDatabase database, store::PinnedDatabase::open(from(name)));
  databases_.push_back({name, std::move(database)});
  return {};
}

Status Maker::take_index(const std::string& folder, const retrieval::Snapshot& snapshot) const {
  const std::string directory = to("knowledge/" + folder);
  TRY(source_.files.create_directories(directory));
  const retrieval::Snapshot::Files files = snapshot.files();
  for (const std::string& segment : files.segments) {
    TRY(store::link_file(segment, directory + "/" + fs::path(segment).filename().string()));
  }
  return store::write_file(directory + "/manifest", files.manifest);
}

// The order is the format's.
Status Maker::hold() {
  if (source_.files.exists(from("audit.anchors"))) {
    TRY_ASSIGN(anchors_, store::read_whole_file(from("audit.anchors")));
  }
  TRY(source_.files.create_directories(to("files")));
  TRY(source_.bodies(
      [this] {
        return source_.indexes(
            [this] { return pin("work.db"); },
            [this](const std::string& folder, const retrieval::Snapshot& snapshot) {
              return take_index(folder, snapshot);
            });
      },
      [this](const std::string& name) {
        return store::link_file(from("files/" + name), to("files/" + name));
      }));
  TRY(pin("usage.db"));
  TRY(pin("idempotency.db"));
  return source_.control([this]() -> Status {
    TRY(pin("control.db"));
    journal_ = source_.journal.written();
    return {};
  });
}

Status Maker::go_on() const {
  if (source_.stopped()) return fail(Code::cancelled, "The server stops; there is no backup.");
  return {};
}

// Of what is copied, not linked. A server whose disk a backup filled would stop serving.
Status Maker::check_space() const {
  std::uint64_t need = kSpaceLeftAlone;
  std::error_code error;
  for (const Pinned& one : databases_) {
    need += fs::file_size(from(one.name), error);
    const auto wal = fs::file_size(from(one.name + "-wal"), error);
    if (!error) need += wal;
  }
  TRY_ASSIGN(const std::uint64_t free, source_.files.free_space(into_));
  if (free >= need) return {};
  return fail(Code::storage_full, "A backup needs " + std::to_string(need >> 20) +
                                      " MiB of free space in " + source_.data + ", which has " +
                                      std::to_string(free >> 20) + ".");
}

Status Maker::copy() {
  TRY(check_space());
  while (!databases_.empty()) {
    TRY(go_on());
    TRY(databases_.back().database.copy_to(to(databases_.back().name)));
    databases_.pop_back();  // its WAL may be shortened again
  }
  if (anchors_) TRY(store::write_file(to("audit.anchors"), *anchors_));
  TRY(source_.files.create_directories(to("journal")));
  TRY(store::copy_journal(source_.files, source_.journal, from("journal"), journal_,
                          to("journal")));
  TRY(copy_spans());
  TRY(copy_embedders());
  return go_on();
}

// A segment with an index is sealed; the one that is being written is whole as far as it goes.
// Retention may take one away meanwhile.
Status Maker::copy_spans() const {
  if (!source_.files.exists(from("spans"))) return {};
  TRY(source_.files.create_directories(to("spans")));
  TRY_ASSIGN(const auto names, source_.files.list(from("spans")));
  for (const std::string& one : names) {
    const std::string name = "spans/" + one;
    const fs::path path(name);
    if (path.extension() != ".spans" && path.extension() != ".index") continue;
    const fs::path index = fs::path(name).replace_extension(".index");
    const bool sealed = source_.files.exists(from(index.string()));
    const Status done =
        sealed ? store::link_file(from(name), to(name)) : store::copy_file(from(name), to(name));
    if (!done && source_.files.exists(from(name))) return done;
  }
  return {};
}

// Put there by hand, perhaps as links to elsewhere.
Status Maker::copy_embedders() const {
  std::error_code error;
  for (fs::directory_iterator table(from("embedders"), error);
       !error && table != fs::directory_iterator(); table.increment(error)) {
    const fs::path folder = fs::canonical(table->path(), error);
    if (error || !fs::is_directory(folder, error)) continue;
    TRY_ASSIGN(const auto names, store::list_tree(folder.string()));
    for (const std::string& name : names) {
      TRY(go_on());
      const fs::path target = fs::path(to("embedders")) / table->path().filename() / name;
      TRY(source_.files.create_directories(target.parent_path().string()));
      const fs::path file = fs::canonical(folder / name, error);
      if (!error) TRY(store::copy_file(file.string(), target.string()));
    }
  }
  return {};
}

Result<std::vector<BackupFile>> Maker::list() const {
  std::vector<BackupFile> out;
  TRY_ASSIGN(const auto names, store::list_tree(into_));
  for (const std::string& name : names) {
    TRY(go_on());
    if (name.find('\n') != std::string::npos) {
      return fail(Code::unprocessable,
                  "A file below `embedders` has a line break in its name; rename it.");
    }
    TRY_ASSIGN(const store::FileDigest digest, store::digest_file(to(name)));
    out.push_back({name, digest.size, digest.sha256});
  }
  return out;
}

}  // namespace

Result<BackupManifest> fill_backup(const BackupSource& source, BackupManifest manifest,
                                   const std::string& into) {
  Maker maker(source, into);
  TRY(maker.hold());
  TRY(maker.copy());
  TRY_ASSIGN(manifest.files, maker.list());
  manifest.journal = maker.journal();
  TRY(store::sync_tree(into));
  TRY(store::write_file(into + "/" + std::string(kBackupManifest),
                        encode_backup_manifest(manifest)));
  TRY(store::sync_tree(into));
  return manifest;
}

BackupManifest name_backup(const Clock& clock, Random& random) {
  BackupManifest out;
  out.created_at = std::chrono::floor<milliseconds>(clock.wall());
  for (const char c : format_rfc3339(out.created_at)) {
    if (c != '-' && c != ':' && c != '.') out.id += c;
  }
  std::array<std::uint8_t, 3> more{};
  random.fill(std::as_writable_bytes(std::span(more)));
  out.id += "-" + hex_encode(more);
  out.program = MAESTER_VERSION;
  return out;
}

}  // namespace maester::app
