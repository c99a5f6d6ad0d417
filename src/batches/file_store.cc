#include "batches/file_store.h"

#include "batches/rows.h"
#include "batches/schema.h"

namespace maester::batches {
namespace {

constexpr std::uint64_t kLeftAlone = 256u << 20;  // of the disk's free bytes
constexpr std::int64_t kExpiredAtOnce = 500;

StoredFile file_from(const store::Statement& row) {
  StoredFile out{.id = std::string(row.text(0)),
                 .purpose = std::string(row.text(1)),
                 .name = std::string(row.text(2)),
                 .bytes = row.integer(3),
                 .sha256 = std::string(row.text(4)),
                 .created_at = rows::wall(row.integer(5))};
  if (row.integer(6) > 0) out.expires_at = rows::wall(row.integer(6));
  return out;
}
#define MAESTER_FILE_COLUMNS "id, purpose, name, bytes, sha256, created_at, expires_at"

std::unexpected<Error> no_such_file(std::string_view id) {
  return fail(Code::not_found, "No such File object: " + std::string(id.substr(0, 128)), "id");
}

}  // namespace

std::shared_ptr<void> BodiesInWork::add(const std::shared_ptr<BodiesInWork>& all, std::string id) {
  const std::lock_guard lock(all->mutex_);
  all->ids_.insert(id);
  return {all.get(), [all, id = std::move(id)](void*) {
            const std::lock_guard held(all->mutex_);
            all->ids_.erase(id);
          }};
}

std::set<std::string> BodiesInWork::all() const {
  const std::lock_guard lock(mutex_);
  return ids_;
}

Result<std::unique_ptr<FileStore>> FileStore::open(store::LockedDatabase& work,
                                                   store::FileSystem& files, std::string directory,
                                                   access::Vault& vault, const Clock& clock,
                                                   Random& random) {
  TRY(migrate_batches(*work.use()));
  std::unique_ptr<FileStore> made(
      new FileStore(work, files, std::move(directory), vault, clock, random));
  TRY(files.create_directories(made->directory_));
  TRY(made->sweep());
  return made;
}

Status FileStore::sweep() {
  TRY_ASSIGN(const std::vector<std::string> names, files_.list(directory_));
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare("SELECT 1 FROM files WHERE id = ?1"));
  for (const std::string& name : names) {
    TRY_ASSIGN(const bool found, select.bind(1, name).step());
    select.reset();
    if (!found) TRY(files_.remove(path_of(name)));
  }
  return {};
}

std::string FileStore::new_id() {
  const std::lock_guard lock(mutex_);
  return "file-" + rows::bare(ids_.uuid());
}

Result<std::unique_ptr<BodyWriter>> FileStore::begin(std::string_view tenant,
                                                     std::uint64_t expected) {
  TRY_ASSIGN(const std::uint64_t free, files_.free_space(directory_));
  if (free < expected + kLeftAlone) {
    return fail(Code::storage_full, "The server's disk has no room for the file.", "file");
  }
  const std::string id = new_id();
  return BodyWriter::create(files_, vault_, {path_of(id), std::string(tenant), id},
                            BodiesInWork::add(writing_, id));
}

Result<StoredFile> FileStore::add(std::string_view tenant, BodyWriter& body, const NewFile& file) {
  const auto db = work_.use();
  StoredFile out;
  TRY(db->transaction([&]() -> Status {
    TRY_ASSIGN(out, add(*db, tenant, body, file));
    return {};
  }));
  body.keep();
  return out;
}

Result<StoredFile> FileStore::add(store::Database& work, std::string_view tenant,
                                  const BodyWriter& body, const NewFile& file) {
  {
    const std::lock_guard lock(mutex_);
    if (erased_.contains(tenant)) return fail(Code::not_found, "The tenant was erased.");
  }
  StoredFile out{.id = body.id(),
                 .purpose = file.purpose,
                 .name = file.name,
                 .bytes = static_cast<std::int64_t>(body.bytes()),
                 .sha256 = body.digest(),
                 .created_at = clock_.wall()};
  if (file.expires_after) out.expires_at = out.created_at + *file.expires_after;
  TRY_ASSIGN(auto insert, work.prepare("INSERT INTO files (tenant, " MAESTER_FILE_COLUMNS
                                       ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"));
  insert.bind(1, tenant).bind(2, out.id).bind(3, out.purpose).bind(4, out.name);
  insert.bind(5, out.bytes).bind(6, out.sha256).bind(7, rows::stored(out.created_at));
  TRY(insert.bind(8, out.expires_at ? rows::stored(*out.expires_at) : 0).run());
  return out;
}

Result<StoredFile> FileStore::find(std::string_view tenant, std::string_view id) {
  TRY_ASSIGN(StoredFile out, find_even_expired(tenant, id));
  if (out.expires_at && *out.expires_at <= clock_.wall()) return no_such_file(id);
  return out;
}

Result<StoredFile> FileStore::find_even_expired(std::string_view tenant, std::string_view id) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare("SELECT " MAESTER_FILE_COLUMNS
                                      " FROM files WHERE tenant = ?1 AND id = ?2"));
  TRY_ASSIGN(const bool found, select.bind(1, tenant).bind(2, id).step());
  if (!found) return no_such_file(id);
  return file_from(select);
}

Result<std::unique_ptr<BodyReader>> FileStore::read(std::string_view tenant,
                                                    const StoredFile& file) {
  return BodyReader::open(files_, vault_, {path_of(file.id), std::string(tenant), file.id},
                          static_cast<std::uint64_t>(file.bytes));
}

Result<FileStore::Page> FileStore::list(std::string_view tenant, const Query& query) {
  const auto db = work_.use();
  // Ids sort by age.
  TRY_ASSIGN(auto select,
             query.newest_first
                 ? db->prepare("SELECT " MAESTER_FILE_COLUMNS
                               " FROM files WHERE tenant = ?1 AND (?2 = '' OR id < ?2) AND "
                               "(?3 = '' OR purpose = ?3) AND (expires_at = 0 OR expires_at > ?4) "
                               "ORDER BY id DESC LIMIT ?5")
                 : db->prepare("SELECT " MAESTER_FILE_COLUMNS
                               " FROM files WHERE tenant = ?1 AND id > ?2 AND "
                               "(?3 = '' OR purpose = ?3) AND (expires_at = 0 OR expires_at > ?4) "
                               "ORDER BY id LIMIT ?5"));
  select.bind(1, tenant).bind(2, query.after).bind(3, query.purpose);
  select.bind(4, rows::stored(clock_.wall()));
  select.bind(5, static_cast<std::int64_t>(query.limit) + 1);
  Page out;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return out;
    if (out.files.size() == query.limit) {
      out.more = true;
      return out;
    }
    out.files.push_back(file_from(select));
  }
}

Status FileStore::remove(std::string_view tenant, std::string_view id) {
  {
    const auto db = work_.use();
    TRY(db->transaction([&]() -> Status {
      TRY_ASSIGN(auto used, db->prepare("SELECT id FROM batches WHERE tenant = ?1 AND input_file = "
                                        "?2 AND status IN ('validating', 'in_progress', "
                                        "'finalizing', 'cancelling') LIMIT 1"));
      TRY_ASSIGN(const bool in_use, used.bind(1, tenant).bind(2, id).step());
      if (in_use) {
        return fail(Code::conflict,
                    "The batch `" + std::string(used.text(0)) +
                        "` still reads this file; cancel the batch or wait for its end.",
                    "id");
      }
      TRY_ASSIGN(auto erase, db->prepare("DELETE FROM files WHERE tenant = ?1 AND id = ?2"));
      TRY(erase.bind(1, tenant).bind(2, id).run());
      if (db->changes() == 0) return no_such_file(id);
      return {};
    }));
  }
  remove_bodies({std::string(id)});
  return {};
}

Result<std::int64_t> FileStore::expire() {
  std::vector<std::string> gone;
  {
    const auto db = work_.use();
    TRY(db->transaction([&]() -> Status {
      TRY_ASSIGN(auto erase,
                 db->prepare("DELETE FROM files WHERE (tenant, id) IN (SELECT f.tenant, f.id FROM "
                             "files f WHERE f.expires_at > 0 AND f.expires_at <= ?1 AND NOT EXISTS "
                             "(SELECT 1 FROM batches b WHERE b.tenant = f.tenant AND b.input_file "
                             "= f.id AND b.status IN ('validating', 'in_progress', 'finalizing', "
                             "'cancelling')) LIMIT ?2) RETURNING id"));
      erase.bind(1, rows::stored(clock_.wall())).bind(2, kExpiredAtOnce);
      for (;;) {
        TRY_ASSIGN(const bool more, erase.step());
        if (!more) return {};
        gone.emplace_back(erase.text(0));
      }
    }));
  }
  const auto expired = static_cast<std::int64_t>(gone.size());
  {
    const std::lock_guard lock(mutex_);
    gone.insert(gone.end(), doomed_.begin(), doomed_.end());
    doomed_.clear();
  }
  remove_bodies(gone);
  return expired;
}

// What could not be removed has no row, and the next start removes it.
void FileStore::remove_bodies(const std::vector<std::string>& ids) {
  const std::lock_guard lock(bodies_);
  for (const std::string& id : ids) (void)files_.remove(path_of(id));
}

// A row is committed after its body was finished, so what the rows of `begin` name is in the
// directory and nobody writes to it. What is being written yet has its row later.
Status FileStore::at_rest(const std::function<Status()>& begin,
                          const std::function<Status(const std::string& name)>& show) {
  const std::lock_guard lock(bodies_);
  TRY(begin());
  TRY_ASSIGN(const std::vector<std::string> names, files_.list(directory_));
  const std::set<std::string> writing = writing_->all();
  for (const std::string& name : names) {
    if (writing.contains(name)) continue;
    const Status shown = show(name);
    if (!shown && files_.exists(path_of(name))) return shown;
  }
  return {};
}

// The bodies open no more, for the tenant's key is gone.
Status FileStore::erase(store::Database& work, std::string_view tenant) {
  std::vector<std::string> gone;
  TRY_ASSIGN(auto erase, work.prepare("DELETE FROM files WHERE tenant = ?1 RETURNING id"));
  erase.bind(1, tenant);
  for (;;) {
    TRY_ASSIGN(const bool more, erase.step());
    if (!more) break;
    gone.emplace_back(erase.text(0));
  }
  // Not now: whoever makes a backup holds the bodies and waits for the database.
  const std::lock_guard lock(mutex_);
  doomed_.insert(doomed_.end(), gone.begin(), gone.end());
  return {};
}

void FileStore::forget(std::string_view tenant) {
  const std::lock_guard lock(mutex_);
  erased_.emplace(tenant);
}

}  // namespace maester::batches
