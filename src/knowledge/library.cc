#include "knowledge/library.h"

#include <algorithm>

#include "knowledge/library_place.h"
#include "retrieval/embed.h"

namespace maester::knowledge {

namespace {

bool stop_asked(void* flag) {
  return static_cast<std::atomic<bool>*>(flag)->load(std::memory_order_relaxed);
}

// A folder's name, never a path (THREATS.md R19).
bool is_plain_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

}  // namespace

Library::Library(LibrarySettings settings, Catalog& catalog, store::FileSystem& files,
                 const gateway::Pipeline& pipeline, runtime::CorePool& cores, obs::Log& log)
    : settings_(std::move(settings)),
      catalog_(catalog),
      files_(files),
      pipeline_(pipeline),
      cores_(cores),
      log_(log),
      hashing_(retrieval::make_hash_embedder()),
      merges_(std::make_unique<runtime::WorkerPool>("merge", 1, 1'024)) {}

Library::~Library() {
  stopping_ = true;
  merges_.reset();
}

Result<std::unique_ptr<Library>> Library::open(LibrarySettings settings, Catalog& catalog,
                                               store::FileSystem& files,
                                               const gateway::Pipeline& pipeline,
                                               runtime::CorePool& cores, obs::Log& log) {
  std::unique_ptr<Library> library(
      new Library(std::move(settings), catalog, files, pipeline, cores, log));
  TRY(library->load());
  return library;
}

std::string Library::directory_of(const Collection& collection, std::int64_t version) const {
  std::string out = settings_.directory + "/" + collection.id;
  if (version > 0) out += "/v" + std::to_string(version);
  return out;
}

Result<std::shared_ptr<Library::Place>> Library::place(std::string_view tenant,
                                                       std::string_view name) const {
  const std::shared_lock lock(mutex_);
  const auto names = tenants_.find(tenant);
  if (names == tenants_.end()) return unknown(name);
  const auto found = names->second.find(name);
  if (found == names->second.end()) return unknown(name);
  TRY(found->second->served(name));
  return found->second;
}

Result<OpenedPtr> Library::find(std::string_view tenant, std::string_view name) const {
  TRY_ASSIGN(const auto at, place(tenant, name));
  const std::shared_lock lock(mutex_);
  return at->opened;
}

std::vector<OpenedPtr> Library::list(std::string_view tenant) const {
  std::vector<OpenedPtr> out;
  const std::shared_lock lock(mutex_);
  if (const auto names = tenants_.find(tenant); names != tenants_.end()) {
    for (const auto& [name, place] : names->second) {
      if (place->unavailable.empty()) out.push_back(place->opened);
    }
  }
  return out;
}

void Library::publish(Place& place, Opened opened) {
  auto made = std::make_shared<const Opened>(std::move(opened));
  const std::unique_lock lock(mutex_);
  place.opened = std::move(made);
}

Result<OpenedPtr> Library::create(std::string_view tenant, std::string_view name,
                                  const IndexSpec& spec, const SearchSettings& search) {
  TRY_ASSIGN(const auto vectors, embedder(spec.embedding, {std::string(tenant), {}}));  // it loads
  TRY_ASSIGN(const Collection collection, catalog_.create(tenant, name, spec, search));
  auto place = std::make_shared<Place>();
  place->opened = std::make_shared<Opened>(Opened{collection, nullptr, false});
  TRY_ASSIGN(const IndexVersion version, catalog_.version(collection, collection.live));
  TRY_ASSIGN(const OpenVersionPtr live, open_version(*place, version));
  auto opened = std::make_shared<const Opened>(Opened{collection, live, false});
  place->opened = opened;
  const std::unique_lock lock(mutex_);
  tenants_[collection.tenant][collection.name] = std::move(place);
  return opened;
}

Result<OpenedPtr> Library::change_search(std::string_view tenant, std::string_view name,
                                         const SearchSettings& search) {
  TRY_ASSIGN(const auto at, place(tenant, name));
  const std::lock_guard writing(at->writes);
  TRY(catalog_.change_search(at->opened->collection, search));
  Opened changed = *at->opened;
  changed.collection.search = search;
  publish(*at, std::move(changed));
  return at->opened;
}

Status Library::remove_files(const std::string& directory) {
  const auto names = files_.list(directory);
  if (!names) return {};
  for (const std::string& name : *names) {
    if (!files_.remove(directory + "/" + name)) TRY(remove_files(directory + "/" + name));
  }
  (void)files_.remove(directory);
  return {};
}

Status Library::drop(std::string_view tenant, std::string_view name) {
  std::shared_ptr<Place> at;  // also of a collection that is unavailable
  {
    const std::shared_lock lock(mutex_);
    const auto names = tenants_.find(tenant);
    if (names == tenants_.end()) return unknown(name);
    const auto found = names->second.find(name);
    if (found == names->second.end()) return unknown(name);
    at = found->second;
  }
  const std::lock_guard writing(at->writes);
  if (at->dropped) return unknown(name);
  TRY(catalog_.drop(at->opened->collection));
  at->dropped = true;
  at->versions.clear();
  {
    const std::unique_lock lock(mutex_);
    if (const auto names = tenants_.find(tenant); names != tenants_.end())
      names->second.erase(std::string(name));
  }
  return remove_files(directory_of(at->opened->collection, 0));
}

Status Library::erase(store::Database& work, std::string_view tenant) {
  return Catalog::erase(work, tenant);
}

void Library::forget(std::string_view tenant) {
  Places places;
  {
    const std::unique_lock lock(mutex_);
    const auto found = tenants_.find(tenant);
    if (found == tenants_.end()) return;
    places = std::move(found->second);
    tenants_.erase(found);
  }
  for (const auto& [name, place] : places) {
    const std::lock_guard writing(place->writes);
    place->dropped = true;
    place->versions.clear();
    (void)remove_files(directory_of(place->opened->collection, 0));
  }
}

Status Library::remove_document(const Opened& opened, const Uuid& document) {
  TRY_ASSIGN(const auto at, place(opened.collection.tenant, opened.collection.name));
  const std::lock_guard writing(at->writes);
  if (at->dropped) return unknown(opened.collection.name);
  TRY(catalog_.remove(opened.collection, document));
  for (const auto& [number, version] : at->versions) {
    if (version->index->snapshot()->contains(document))
      TRY(version->index->commit({}, std::span(&document, 1)));
  }
  return {};
}

Status Library::commit(const Opened& opened, const IndexSpec& spec, std::span<Entry> entries,
                       const std::function<Status(store::Database&)>& fence) {
  TRY_ASSIGN(const auto at, place(opened.collection.tenant, opened.collection.name));
  const std::lock_guard writing(at->writes);
  if (at->dropped) return unknown(opened.collection.name);
  const OpenVersionPtr live = at->opened->live;
  if (!(live->spec == spec))
    return fail(Code::overloaded, "The live index version changed meanwhile; trying again.");
  std::vector<retrieval::IndexDocument> added;
  std::vector<Uuid> removed;
  for (Entry& entry : entries) {
    TRY_ASSIGN(const Document now, catalog_.document(opened.collection, entry.document.id));
    const bool newest =
        now.generation == entry.document.generation && now.state != DocumentState::deleted;
    if (!newest) continue;
    entry.mark.version = live->number;
    if (entry.indexed != nullptr) {
      added.push_back(*entry.indexed);
    } else {
      removed.push_back(entry.document.id);
    }
    // Who may read it may be narrower than before: other versions forget it until they catch up.
    for (const auto& [number, version] : at->versions) {
      if (version != live && version->index->snapshot()->contains(entry.document.id))
        TRY(version->index->commit({}, std::span(&entry.document.id, 1)));
    }
  }
  if (!added.empty() || !removed.empty()) TRY(live->index->commit(added, removed));
  std::vector<Catalog::Mark> marks;
  for (Entry& entry : entries) {
    entry.mark.document = entry.document.id;
    entry.mark.generation = entry.document.generation;
    marks.push_back(entry.mark);
  }
  TRY(catalog_.mark(opened.collection, marks, fence));
  merge_later(live);
  return {};
}

Status Library::commit_aside(const Opened& opened, OpenVersion& version, std::span<Entry> entries,
                             std::int64_t change) {
  TRY_ASSIGN(const auto at, place(opened.collection.tenant, opened.collection.name));
  const std::lock_guard writing(at->writes);
  if (at->dropped) return unknown(opened.collection.name);
  std::vector<retrieval::IndexDocument> added;
  std::vector<Uuid> removed;
  for (const Entry& entry : entries) {
    TRY_ASSIGN(const Document now, catalog_.document(opened.collection, entry.document.id));
    if (now.generation != entry.document.generation) continue;  // it comes again, changed
    if (entry.indexed != nullptr && now.state == DocumentState::ready) {
      added.push_back(*entry.indexed);
    } else if (version.index->snapshot()->contains(entry.document.id)) {
      removed.push_back(entry.document.id);
    }
  }
  if (!added.empty() || !removed.empty()) TRY(version.index->commit(added, removed));
  return catalog_.advance(opened.collection, version.number, change);
}

Result<std::shared_ptr<const retrieval::Embedder>> Library::embedder(
    const EmbeddingSettings& settings, const Payer& payer) {
  switch (settings.kind) {
    case EmbeddingSettings::Kind::none:
      return nullptr;
    case EmbeddingSettings::Kind::local_hash:
      return hashing_;
    case EmbeddingSettings::Kind::model:
      return std::make_shared<ModelEmbedder>(pipeline_, cores_, settings, payer);
    case EmbeddingSettings::Kind::static_table:
      break;
  }
  if (!is_plain_name(settings.path)) {
    return fail(Code::invalid_request,
                "`embedding.path` is the name of a folder among the server's embedding tables.",
                "embedding.path");
  }
  const std::lock_guard lock(tables_mutex_);
  auto& table = tables_[settings.path];
  if (table == nullptr) {
    TRY_ASSIGN(table,
               retrieval::load_static_embedder(files_, settings_.tables + "/" + settings.path));
  }
  return table;
}

void Library::merge_later(OpenVersionPtr version) {
  (void)merges_->submit([this, version = std::move(version)] {
    for (;;) {
      const auto merged = version->index->merge(stop_asked, &stopping_);
      if (!merged && merged.error().code != Code::cancelled) {
        log_.event(obs::Level::error, "index_merge_failed")
            .field("reason", merged.error().message)
            .field("detail", merged.error().detail);
      }
      if (!merged || !*merged || stopping_) return;
    }
  });
}

}  // namespace maester::knowledge
