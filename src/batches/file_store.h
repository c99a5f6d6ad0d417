// The tenant's files (OpenAI's /v1/files): a row in work.db each, the body beside it on disk,
// sealed (docs/formats/files.md). What has no row is nothing: an upload that broke off, a body
// whose row was deleted; the next start removes it.
//
// Thread-safe; blocking SQL and file I/O, never on a core's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "access/tenant_rows.h"
#include "access/vault.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "batches/file_body.h"
#include "store/file_system.h"
#include "store/locked_database.h"

namespace maester::batches {

struct StoredFile {
  std::string id, purpose, name;
  std::int64_t bytes = 0;
  std::string sha256;  // hexadecimal
  WallTime created_at{};
  std::optional<WallTime> expires_at{};
};

struct NewFile {
  std::string purpose, name;
  std::optional<std::chrono::seconds> expires_after{};
};

// The bodies that are being written. Thread-safe.
class BodiesInWork {
 public:
  // Until the token dies.
  static std::shared_ptr<void> add(const std::shared_ptr<BodiesInWork>& all, std::string id);
  std::set<std::string> all() const;

 private:
  mutable std::mutex mutex_;
  std::set<std::string> ids_;
};

class FileStore : public access::TenantRows {
 public:
  // Bodies stand in `directory`, which is made. Removes the bodies that have no row.
  static Result<std::unique_ptr<FileStore>> open(store::LockedDatabase& work,
                                                 store::FileSystem& files, std::string directory,
                                                 access::Vault& vault, const Clock& clock,
                                                 Random& random);

  // A body with a new id. `expected` bytes, as far as known, must fit the disk with something to
  // spare: Code::storage_full.
  Result<std::unique_ptr<BodyWriter>> begin(std::string_view tenant, std::uint64_t expected = 0);
  // The body was finished: from here on it is a file.
  Result<StoredFile> add(std::string_view tenant, BodyWriter& body, const NewFile& file);
  // The same inside the caller's transaction; BodyWriter::keep() is called once that is committed.
  Result<StoredFile> add(store::Database& work, std::string_view tenant, const BodyWriter& body,
                         const NewFile& file);

  // Code::not_found, also of one that has expired.
  Result<StoredFile> find(std::string_view tenant, std::string_view id);
  // The same of one that a batch still reads: it is kept for that.
  Result<StoredFile> find_even_expired(std::string_view tenant, std::string_view id);
  Result<std::unique_ptr<BodyReader>> read(std::string_view tenant, const StoredFile& file);
  struct Query {
    std::string purpose{};  // "" = any
    std::string after{};    // id of the last one of the page before
    bool newest_first = true;
    std::size_t limit = 10'000;
  };
  struct Page {
    std::vector<StoredFile> files;
    bool more = false;
  };
  Result<Page> list(std::string_view tenant, const Query& query);
  // Code::not_found; Code::conflict while a batch that has not ended reads it.
  Status remove(std::string_view tenant, std::string_view id);
  // Removes what has expired, at most 500, and what erased tenants left; answers how many expired.
  Result<std::int64_t> expire();

  // For a backup: `begin`, then `show` for every body, while none is removed.
  Status at_rest(const std::function<Status()>& begin,
                 const std::function<Status(const std::string& name)>& show);

  Status erase(store::Database& work, std::string_view tenant) override;
  void forget(std::string_view tenant) override;

 private:
  FileStore(store::LockedDatabase& work, store::FileSystem& files, std::string directory,
            access::Vault& vault, const Clock& clock, Random& random)
      : work_(work),
        files_(files),
        directory_(std::move(directory)),
        vault_(vault),
        clock_(clock),
        ids_(clock, random) {}
  Status sweep();
  std::string new_id();
  std::string path_of(std::string_view id) const { return directory_ + "/" + std::string(id); }
  void remove_bodies(const std::vector<std::string>& ids);

  store::LockedDatabase& work_;
  store::FileSystem& files_;
  const std::string directory_;
  access::Vault& vault_;
  const Clock& clock_;
  std::mutex mutex_;  // of what follows
  IdGenerator ids_;
  std::set<std::string, std::less<>> erased_;
  std::vector<std::string> doomed_;  // bodies of erased tenants
  std::shared_ptr<BodiesInWork> writing_ = std::make_shared<BodiesInWork>();
  std::mutex bodies_;  // held while bodies are removed, or must not be
};

}  // namespace maester::batches
