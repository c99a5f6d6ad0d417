// Opening, and the collections themselves.
#include "knowledge/catalog.h"

#include "codec/json_writer.h"
#include "knowledge/catalog_rows.h"
#include "knowledge/catalog_schema.h"

namespace maester::knowledge {
namespace {

std::string search_json(const SearchSettings& search) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  write_search(w, search);
  w.end_object();
  return out;
}

std::string spec_json(const IndexSpec& spec) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  write_spec(w, spec);
  w.end_object();
  return out;
}

jobs::NewJob build_job(const Collection& collection, std::int64_t version, std::string_view key_id,
                       const access::By* flip) {
  const std::string name = "v" + std::to_string(version);
  jobs::NewJob job{.tenant = collection.tenant,
                   .kind = "build_index",
                   .subject = collection.name + "/" + name,
                   .payload = {},
                   .unique_key = "build:" + collection.id + ":" + name,
                   .priority = jobs::Priority::low,
                   .not_before = {}};
  json::Writer w(job.payload);
  w.begin_object().field("collection", collection.name).field("version", version);
  w.field("key_id", key_id).field("flip", flip != nullptr);
  if (flip != nullptr) {
    w.field("role", to_string(flip->role)).optional_field("reason", flip->reason);
    w.optional_field("override", flip->override_reason);
  }
  w.end_object();
  return job;
}

// Of one version's row; what `set` has as ?4 is the caller's to bind.
Result<store::Statement> update_version(store::Database& db, const Collection& collection,
                                        std::int64_t version, std::string_view set,
                                        std::string_view only) {
  std::string sql = "UPDATE index_versions SET ";
  sql.append(set).append(" WHERE tenant = ?1 AND collection = ?2 AND number = ?3 ").append(only);
  TRY_ASSIGN(auto update, db.prepare(sql.c_str()));
  update.bind(1, collection.tenant).bind(2, collection.id).bind(3, version);
  return update;
}

Status delete_rows(store::Database& db, const char* sql, const Collection& collection) {
  TRY_ASSIGN(auto statement, db.prepare(sql));
  statement.bind(1, collection.tenant).bind(2, collection.id);
  return statement.run();
}

}  // namespace

Result<std::unique_ptr<Catalog>> Catalog::open(store::LockedDatabase& work, jobs::Queue& queue,
                                               const Clock& clock, Random& random) {
  TRY(migrate_catalog(*work.use()));
  return std::unique_ptr<Catalog>(new Catalog(work, queue, clock, random));
}

std::int64_t Catalog::now() const {
  return rows::stored(clock_.wall());
}

Result<Collection> Catalog::create(std::string_view tenant, std::string_view name,
                                   const IndexSpec& spec, const SearchSettings& search) {
  Collection made{.tenant = std::string(tenant),
                  .id = {},
                  .name = std::string(name),
                  .search = search,
                  .live = 1,
                  .change = 0,
                  .created_at = clock_.wall()};
  const auto db = work_.use();
  made.id = ids_.uuid().to_string();
  TRY(db->transaction([&]() -> Status {
    TRY_ASSIGN(auto taken,
               db->prepare("SELECT 1 FROM collections WHERE tenant = ?1 AND name = ?2"));
    taken.bind(1, tenant).bind(2, name);
    TRY_ASSIGN(const bool exists, taken.step());
    if (exists) {
      return fail(Code::conflict, "There is a collection `" + made.name + "` already.", "name");
    }
    TRY_ASSIGN(auto insert, db->prepare("INSERT INTO collections (" MAESTER_COLLECTION_COLUMNS
                                        ") VALUES (?1, ?2, ?3, ?4, 1, 0, ?5)"));
    insert.bind(1, tenant).bind(2, made.id).bind(3, name).bind(4, search_json(search));
    insert.bind(5, now());
    TRY(insert.run());
    TRY_ASSIGN(
        auto version,
        db->prepare("INSERT INTO index_versions (tenant, collection, " MAESTER_VERSION_COLUMNS
                    ") VALUES (?1, ?2, 1, ?3, 'live', 0, 0, '', ?4, ?4)"));
    version.bind(1, tenant).bind(2, made.id).bind(3, spec_json(spec)).bind(4, now());
    return version.run();
  }));
  return made;
}

Result<Collection> Catalog::find(std::string_view tenant, std::string_view name) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare("SELECT " MAESTER_COLLECTION_COLUMNS
                                      " FROM collections WHERE tenant = ?1 AND name = ?2"));
  select.bind(1, tenant).bind(2, name);
  TRY_ASSIGN(const bool found, select.step());
  if (!found) {
    return fail(Code::not_found, "There is no collection `" + std::string(name) + "`.",
                "collection");
  }
  return rows::collection(select);
}

Result<std::vector<Collection>> Catalog::all() {
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare("SELECT " MAESTER_COLLECTION_COLUMNS
                                      " FROM collections ORDER BY tenant, name"));
  std::vector<Collection> out;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return out;
    TRY_ASSIGN(out.emplace_back(), rows::collection(select));
  }
}

Status Catalog::change_search(const Collection& collection, const SearchSettings& search) {
  const auto db = work_.use();
  TRY_ASSIGN(auto update,
             db->prepare("UPDATE collections SET search = ?3 WHERE tenant = ?1 AND id = ?2"));
  update.bind(1, collection.tenant).bind(2, collection.id).bind(3, search_json(search));
  return update.run();
}

Status Catalog::drop(const Collection& collection) {
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    for (const char* sql : {"DELETE FROM texts WHERE tenant = ?1 AND collection = ?2",
                            "DELETE FROM sources WHERE tenant = ?1 AND collection = ?2",
                            "DELETE FROM documents WHERE tenant = ?1 AND collection = ?2",
                            "DELETE FROM index_versions WHERE tenant = ?1 AND collection = ?2",
                            "DELETE FROM collections WHERE tenant = ?1 AND id = ?2"}) {
      TRY(delete_rows(*db, sql, collection));
    }
    return {};
  });
}

Status Catalog::erase(store::Database& work, std::string_view tenant) {
  for (const char* sql :
       {"DELETE FROM texts WHERE tenant = ?1", "DELETE FROM sources WHERE tenant = ?1",
        "DELETE FROM documents WHERE tenant = ?1", "DELETE FROM index_versions WHERE tenant = ?1",
        "DELETE FROM vectors WHERE tenant = ?1", "DELETE FROM collections WHERE tenant = ?1"}) {
    TRY_ASSIGN(auto statement, work.prepare(sql));
    statement.bind(1, tenant);
    TRY(statement.run());
  }
  return {};
}

// ---- index versions

Result<std::vector<IndexVersion>> Catalog::versions(const Collection& collection) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare("SELECT " MAESTER_VERSION_COLUMNS
                                      " FROM index_versions WHERE tenant = ?1 AND collection = ?2 "
                                      "ORDER BY number"));
  select.bind(1, collection.tenant).bind(2, collection.id);
  std::vector<IndexVersion> out;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return out;
    TRY_ASSIGN(out.emplace_back(), rows::version(select));
  }
}

Result<IndexVersion> Catalog::version(const Collection& collection, std::int64_t number) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare("SELECT " MAESTER_VERSION_COLUMNS
                                      " FROM index_versions WHERE tenant = ?1 AND collection = ?2 "
                                      "AND number = ?3"));
  select.bind(1, collection.tenant).bind(2, collection.id).bind(3, number);
  TRY_ASSIGN(const bool found, select.step());
  if (!found) {
    return fail(Code::not_found,
                "Collection `" + collection.name + "` has no index version v" +
                    std::to_string(number) + ".",
                "version");
  }
  return rows::version(select);
}

Result<std::string> Catalog::queue_catch_up(const Collection& collection, std::int64_t version,
                                            std::string_view key_id, const access::By* flip) {
  std::string id;
  {
    const auto db = work_.use();
    TRY(db->transaction([&]() -> Status {
      TRY_ASSIGN(jobs::Queue::Added added,
                 queue_.add(*db, build_job(collection, version, key_id, flip)));
      id = std::move(added.id);
      return {};
    }));
  }
  queue_.wake();
  return id;
}

Result<IndexVersion> Catalog::add_version(const Collection& collection, const IndexSpec& spec,
                                          std::string_view key_id, const access::By* flip) {
  IndexVersion made;
  made.spec = spec;
  made.created_at = clock_.wall();
  const auto db = work_.use();
  TRY(db->transaction([&]() -> Status {
    TRY_ASSIGN(auto newest, db->prepare("SELECT max(number) FROM index_versions WHERE tenant = ?1 "
                                        "AND collection = ?2"));
    newest.bind(1, collection.tenant).bind(2, collection.id);
    TRY_ASSIGN(const bool found, newest.step());
    made.number = (found ? newest.integer(0) : 0) + 1;
    newest.reset();
    TRY_ASSIGN(const jobs::Queue::Added added,
               queue_.add(*db, build_job(collection, made.number, key_id, flip)));
    made.job_id = added.id;
    TRY_ASSIGN(
        auto insert,
        db->prepare("INSERT INTO index_versions (tenant, collection, " MAESTER_VERSION_COLUMNS
                    ") VALUES (?1, ?2, ?3, ?4, 'building', 0, 0, ?5, ?6, 0)"));
    insert.bind(1, collection.tenant).bind(2, collection.id).bind(3, made.number);
    insert.bind(4, spec_json(spec)).bind(5, made.job_id).bind(6, now());
    return insert.run();
  }));
  queue_.wake();
  return made;
}

Result<std::vector<std::string>> Catalog::parsers(const Collection& collection) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select,
             db->prepare("SELECT DISTINCT json_extract(report, '$.parser') FROM documents WHERE "
                         "tenant = ?1 AND collection = ?2 AND state = 'ready' AND report <> '' "
                         "ORDER BY 1"));
  select.bind(1, collection.tenant).bind(2, collection.id);
  std::vector<std::string> out;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return out;
    if (std::string parser(select.text(0)); !parser.empty()) out.push_back(std::move(parser));
  }
}

Status Catalog::advance(const Collection& collection, std::int64_t version, std::int64_t change) {
  const auto db = work_.use();
  TRY_ASSIGN(auto update, update_version(*db, collection, version, "change = max(change, ?4)", ""));
  return update.bind(4, change).run();
}

Status Catalog::set_state(const Collection& collection, std::int64_t version, VersionState state) {
  const auto db = work_.use();
  TRY_ASSIGN(auto update,
             update_version(*db, collection, version, "state = ?4", "AND state <> 'live'"));
  return update.bind(4, to_string(state)).run();
}

Status Catalog::begin_anew(const Collection& collection, std::int64_t version) {
  const auto db = work_.use();
  TRY_ASSIGN(auto update,
             update_version(*db, collection, version, "state = 'building', change = 0", ""));
  return update.run();
}

Status Catalog::whole_again(const Collection& collection, std::int64_t version) {
  const auto db = work_.use();
  TRY_ASSIGN(auto update, update_version(*db, collection, version, "state = 'live'", ""));
  return update.run();
}

Result<IndexVersion> Catalog::flip(const Collection& collection, std::int64_t number, bool back) {
  TRY_ASSIGN(IndexVersion target, version(collection, number));
  if (target.state == VersionState::live) return target;
  if (target.state != VersionState::ready) {
    return fail(Code::conflict,
                "Index version " + target.name() + " is " + std::string(to_string(target.state)) +
                    ", not ready: only a whole index can go live.",
                "version");
  }
  const auto db = work_.use();
  TRY(db->transaction([&]() -> Status {
    // One that is being made anew is not ready to come back to.
    TRY_ASSIGN(auto rest, db->prepare("UPDATE index_versions SET state = 'ready' WHERE tenant = ?1 "
                                      "AND collection = ?2 AND state = 'live' RETURNING number"));
    rest.bind(1, collection.tenant).bind(2, collection.id);
    TRY_ASSIGN(const bool found, rest.step());
    // A rollback keeps what its target comes back to, so that a second one goes further back.
    const std::int64_t previous = back || !found ? target.previous : rest.integer(0);
    TRY(rest.run());
    TRY_ASSIGN(auto live, db->prepare("UPDATE index_versions SET state = 'live', previous = ?4, "
                                      "live_at = ?5 WHERE tenant = ?1 AND collection = ?2 AND "
                                      "number = ?3"));
    live.bind(1, collection.tenant).bind(2, collection.id).bind(3, number);
    live.bind(4, previous).bind(5, now());
    TRY(live.run());
    TRY_ASSIGN(auto pointer,
               db->prepare("UPDATE collections SET live = ?3 WHERE tenant = ?1 AND id = ?2"));
    pointer.bind(1, collection.tenant).bind(2, collection.id).bind(3, number);
    target.state = VersionState::live;
    target.previous = previous;
    target.live_at = clock_.wall();
    return pointer.run();
  }));
  return target;
}

Status Catalog::drop_version(const Collection& collection, std::int64_t number) {
  const auto db = work_.use();
  TRY_ASSIGN(auto remove, db->prepare("DELETE FROM index_versions WHERE tenant = ?1 AND "
                                      "collection = ?2 AND number = ?3 AND state <> 'live'"));
  remove.bind(1, collection.tenant).bind(2, collection.id).bind(3, number);
  return remove.run();
}

}  // namespace maester::knowledge
