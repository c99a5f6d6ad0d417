// Opening what is there at start, and making a damaged index anew.
#include "knowledge/library_place.h"

namespace maester::knowledge {
namespace {

retrieval::IndexSettings index_settings(const IndexSpec& spec, std::size_t dimensions) {
  retrieval::IndexSettings out;
  out.analysis = spec.analysis;
  out.dimensions = static_cast<std::uint32_t>(dimensions);
  return out;
}

}  // namespace

// What keeps one collection from being opened keeps no other from being served.
Status Library::load() {
  TRY_ASSIGN(const std::vector<Collection> collections, catalog_.all());
  for (const Collection& collection : collections) {
    auto place = std::make_shared<Place>();
    place->opened = std::make_shared<Opened>(Opened{collection, nullptr, false});
    tenants_[collection.tenant][collection.name] = place;
    const Status loaded = load_one(collection);
    if (loaded) continue;
    place->unavailable = loaded.error().message;
    log_.event(obs::Level::error, "collection_unavailable")
        .field("tenant", collection.tenant)
        .field("collection", collection.name)
        .field("reason", loaded.error().message)
        .field("detail", loaded.error().detail);
  }
  return {};
}

Status Library::load_one(const Collection& collection) {
  const auto place = tenants_[collection.tenant][collection.name];
  TRY_ASSIGN(const std::vector<IndexVersion> versions, catalog_.versions(collection));
  TRY_ASSIGN(const std::vector<Uuid> deleted, catalog_.deleted(collection));
  Opened opened{collection, nullptr, false};
  for (const IndexVersion& version : versions) {
    auto open = open_version(*place, version);
    bool anew = version.number == collection.live && version.state == VersionState::building;
    if (!open && open.error().code == Code::corrupt) {
      open = begin_anew(*place, version, open.error());
      anew = true;
    }
    if (!open) return fail(std::move(open.error()));
    // A crash between a deletion's row and its marks in the indexes.
    std::vector<Uuid> left;
    const auto snapshot = (*open)->index->snapshot();
    for (const Uuid& id : deleted) {
      if (snapshot->contains(id)) left.push_back(id);
    }
    if (!left.empty()) TRY((*open)->index->commit({}, left));
    if (version.number == collection.live) {
      opened.live = *open;
      opened.rebuilding = anew;
    }
    merge_later(*open);
  }
  if (opened.live == nullptr) {
    return fail(Code::corrupt, "Its live index version, v" + std::to_string(collection.live) +
                                   ", is not in the catalogue.");
  }
  place->opened = std::make_shared<Opened>(std::move(opened));
  return {};
}

// An index is made of what the catalogue keeps: a damaged one is laid aside and made again.
Result<OpenVersionPtr> Library::begin_anew(Place& place, const IndexVersion& version,
                                           const Error& fault) {
  const Collection& collection = place.opened->collection;
  const std::string directory = directory_of(collection, version.number);
  const std::string aside = directory + ".damaged";
  log_.event(obs::Level::error, "index_damaged")
      .field("tenant", collection.tenant)
      .field("collection", collection.name)
      .field("index_version", version.name())
      .field("reason", fault.message)
      .field("laid_aside", aside);
  TRY(remove_files(aside));
  TRY(files_.rename(directory, aside));
  TRY(catalog_.begin_anew(collection, version.number));
  TRY(catalog_.queue_catch_up(collection, version.number, {}, nullptr));
  return open_version(place, version);
}

Status Library::rebuilt(std::string_view tenant, std::string_view name, std::int64_t number) {
  TRY_ASSIGN(const auto at, place(tenant, name));
  const std::lock_guard writing(at->writes);
  if (at->dropped || !at->opened->rebuilding || at->opened->live->number != number) return {};
  TRY(catalog_.whole_again(at->opened->collection, number));
  Opened changed = *at->opened;
  changed.rebuilding = false;
  publish(*at, std::move(changed));
  return {};
}

Result<OpenVersionPtr> Library::open_version(Place& place, const IndexVersion& version) {
  if (const auto found = place.versions.find(version.number); found != place.versions.end())
    return found->second;
  const Collection& collection = place.opened->collection;
  TRY_ASSIGN(const auto vectors, embedder(version.spec.embedding, {collection.tenant, {}}));
  auto open = std::make_shared<OpenVersion>();
  open->number = version.number;
  open->spec = version.spec;
  const std::string directory = directory_of(collection, version.number);
  TRY(files_.create_directories(directory));
  TRY_ASSIGN(open->index,
             retrieval::Index::open(
                 files_, directory,
                 index_settings(version.spec, vectors == nullptr ? 0 : vectors->dimensions())));
  place.versions.emplace(version.number, open);
  return open;
}

}  // namespace maester::knowledge
