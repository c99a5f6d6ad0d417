// The collections as they are asked: the settings in memory and the indexes open. Made of the
// catalogue at start; changed only through here, so that what is asked and what is kept agree.
//
// Thread-safe. find() and the members of an Opened may be used on a core; everything that says
// "blocking" may not.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "access/release_guard.h"
#include "access/tenant_rows.h"
#include "base/result.h"
#include "knowledge/catalog.h"
#include "knowledge/model_embedder.h"
#include "obs/log.h"
#include "retrieval/index.h"
#include "runtime/worker_pool.h"
#include "store/file_system.h"

namespace maester::knowledge {

// One index version, open.
struct OpenVersion {
  std::int64_t number = 0;
  IndexSpec spec;
  std::unique_ptr<retrieval::Index> index;
  std::string name() const { return "v" + std::to_string(number); }
};
using OpenVersionPtr = std::shared_ptr<OpenVersion>;

// A collection as it stands at a moment. Immutable.
struct Opened {
  Collection collection;
  OpenVersionPtr live;
  bool rebuilding = false;  // the live index was damaged: it is not asked until it is whole again
};
using OpenedPtr = std::shared_ptr<const Opened>;

struct LibrarySettings {
  std::string directory;  // of the indexes
  std::string tables;     // of static embedders, a folder each
};

class Library final : public access::TenantRows {
 public:
  // Blocking: opens every live index; what was deleted is taken out of it again if a crash left it.
  static Result<std::unique_ptr<Library>> open(LibrarySettings settings, Catalog& catalog,
                                               store::FileSystem& files,
                                               const gateway::Pipeline& pipeline,
                                               runtime::CorePool& cores, obs::Log& log);
  ~Library() override;  // ends the merges

  Catalog& catalog() { return catalog_; }

  // Code::not_found, in the words for any name that the tenant has no collection of.
  Result<OpenedPtr> find(std::string_view tenant, std::string_view name) const;
  std::vector<OpenedPtr> list(std::string_view tenant) const;  // by name

  // ---- blocking from here on
  Result<OpenedPtr> create(std::string_view tenant, std::string_view name, const IndexSpec& spec,
                           const SearchSettings& search);
  Result<OpenedPtr> change_search(std::string_view tenant, std::string_view name,
                                  const SearchSettings& search);
  Status drop(std::string_view tenant, std::string_view name);
  // Of an erased tenant: rows in the transaction that all share, then what is in memory and on
  // disk.
  Status erase(store::Database& work, std::string_view tenant) override;
  void forget(std::string_view tenant) override;

  // Hidden from every version's index, and durably so, when it returns.
  Status remove_document(const Opened& opened, const Uuid& document);

  // What an index is to hold of a generation of a document; null chunks: nothing.
  struct Entry {
    Document document;
    const retrieval::IndexDocument* indexed = nullptr;  // null: it is taken out
    Catalog::Mark mark;
  };
  // Into the version that is live then (`spec` tells whether the entries fit it; Code::conflict
  // when it is another: cut them anew). Documents that changed meanwhile are left alone.
  Status commit(const Opened& opened, const IndexSpec& spec, std::span<Entry> entries,
                const std::function<Status(store::Database&)>& fence);
  // Into a version aside, and how far it is then.
  Status commit_aside(const Opened& opened, OpenVersion& version, std::span<Entry> entries,
                      std::int64_t change);

  Result<OpenVersionPtr> version(const Opened& opened, std::int64_t number);
  // One that may be asked: live or ready. Code::not_found, conflict for one that is not ready.
  Result<OpenVersionPtr> askable(const Opened& opened, std::int64_t number);
  // One pointer, at once for every new request. Forward: Code::version_conflict while the version
  // lacks changes of the collection (catch it up first). Back: at once, what it lacks comes in
  // behind; 0 = what was live before.
  // Code::gate_refused when the guard does not let it through.
  enum class Flip : std::uint8_t { forward, back };
  Result<IndexVersion> flip(std::string_view tenant, std::string_view name, std::int64_t number,
                            Flip how, const access::By& by);
  // What a run of this version is of, and what a release of it names (access/release_guard.h).
  Result<std::string> parsers(const Opened& opened);
  // Who is asked before a version goes live; nobody without. REQUIRES: before the first flip.
  void guard_with(access::ReleaseGuard& guard) { guard_ = &guard; }
  Status drop_version(const Opened& opened, std::int64_t number);
  // A version that was being made anew is whole. Nothing happens to others.
  Status rebuilt(std::string_view tenant, std::string_view name, std::int64_t number);

  // While nobody changes a collection or an index: runs `begin`, then shows every index version as
  // it is at that moment, each with its folder below the indexes' directory. Changes wait, searches
  // and merges do not. One at a time.
  using Show = std::function<Status(const std::string& folder, const retrieval::Snapshot&)>;
  Status at_rest(const std::function<Status()>& begin, const Show& show);

  // Null for Kind::none. Code::unprocessable when a static table does not load.
  Result<std::shared_ptr<const retrieval::Embedder>> embedder(const EmbeddingSettings& settings,
                                                              const Payer& payer);

 private:
  struct Place;  // a collection's lock and versions
  using Places = std::map<std::string, std::shared_ptr<Place>, std::less<>>;  // by name
  Library(LibrarySettings settings, Catalog& catalog, store::FileSystem& files,
          const gateway::Pipeline& pipeline, runtime::CorePool& cores, obs::Log& log);
  Status load();
  Result<std::shared_ptr<Place>> place(std::string_view tenant, std::string_view name) const;
  Result<OpenVersionPtr> open_version(Place& place, const IndexVersion& version);
  Result<OpenVersionPtr> begin_anew(Place& place, const IndexVersion& version, const Error& fault);
  Status load_one(const Collection& collection);
  std::string directory_of(const Collection& collection, std::int64_t version) const;
  void publish(Place& place, Opened opened);
  void merge_later(OpenVersionPtr version);
  Status remove_files(const std::string& directory);

  LibrarySettings settings_;
  access::AllowAll open_;
  access::ReleaseGuard* guard_ = &open_;
  Catalog& catalog_;
  store::FileSystem& files_;
  const gateway::Pipeline& pipeline_;
  runtime::CorePool& cores_;
  obs::Log& log_;
  mutable std::shared_mutex mutex_;  // guards tenants_ and what places publish
  std::map<std::string, Places, std::less<>> tenants_;
  std::mutex tables_mutex_;
  std::map<std::string, std::shared_ptr<const retrieval::Embedder>> tables_;
  std::shared_ptr<const retrieval::Embedder> hashing_;
  std::atomic<bool> stopping_{false};
  std::unique_ptr<runtime::WorkerPool> merges_;
};

}  // namespace maester::knowledge
