#include "evals/datasets/dataset_store.h"

#include "evals/datasets/case_json.h"
#include "evals/datasets/dataset_rows.h"
#include "evals/datasets/dataset_schema.h"

namespace maester::evals {

namespace rows {

DatasetVersion dataset_version(const store::Statement& row, int first) {
  return {.number = row.integer(first),
          .approved = row.integer(first + 1),
          .pending = row.integer(first + 2),
          .quarantined = row.integer(first + 3),
          .message = std::string(row.text(first + 4)),
          .author = std::string(row.text(first + 5)),
          .created_at = wall(row.integer(first + 6))};
}

std::string case_place(const Dataset& dataset, std::string_view id, std::int64_t since) {
  return dataset.id + "/" + std::string(id) + "/" + std::to_string(since);
}

}  // namespace rows

namespace {

#define MAESTER_SELECT_DATASET                                                             \
  "SELECT d.tenant, d.id, d.name, d.description, d.created_at, d.updated_at, v.number, "   \
  "v.approved, v.pending, v.quarantined, v.message, v.author, v.created_at FROM datasets " \
  "d JOIN dataset_versions v ON v.tenant = d.tenant AND v.dataset = d.id AND v.number = "  \
  "d.latest WHERE d.tenant = ?1"

Dataset dataset_of(const store::Statement& row) {
  return {.tenant = std::string(row.text(0)),
          .id = std::string(row.text(1)),
          .name = std::string(row.text(2)),
          .description = std::string(row.text(3)),
          .latest = rows::dataset_version(row, 6),
          .created_at = rows::wall(row.integer(4)),
          .updated_at = rows::wall(row.integer(5))};
}

std::unexpected<Error> no_dataset(std::string_view name) {
  return fail(Code::not_found, "There is no dataset `" + std::string(name) + "`.", "dataset");
}

Result<Case> case_of(const store::Statement& row, const Dataset& dataset, access::Vault& vault) {
  Case out;
  out.id = row.text(0);
  out.since = row.integer(1);
  out.state = parse_case_state(row.text(2)).value_or(CaseState::quarantined);
  out.source = read_source(row.text(3));
  TRY_ASSIGN(const std::string body,
             vault.open_sealed({dataset.tenant, "dataset_cases", "body",
                                rows::case_place(dataset, out.id, out.since), ""},
                               row.text(4)));
  TRY(read_case_body(body, out));
  return out;
}

}  // namespace

Result<std::unique_ptr<DatasetStore>> DatasetStore::open(store::LockedDatabase& work,
                                                         access::Vault& vault, const Clock& clock,
                                                         Random& random,
                                                         std::string_view hash_key) {
  TRY(migrate_datasets(*work.use()));
  return std::unique_ptr<DatasetStore>(new DatasetStore(work, vault, clock, random, hash_key));
}

Result<Dataset> DatasetStore::create(std::string_view tenant, std::string_view name,
                                     std::string_view description, std::string_view author) {
  TRY(check_dataset_name(name));
  const auto db = work_.use();
  const std::string id = ids_.uuid().to_string();
  const std::int64_t now = rows::stored(clock_.wall());
  TRY(db->transaction([&]() -> Status {
    TRY_ASSIGN(auto taken, db->prepare("SELECT 1 FROM datasets WHERE tenant = ?1 AND name = ?2"));
    taken.bind(1, tenant).bind(2, name);
    TRY_ASSIGN(const bool exists, taken.step());
    if (exists) {
      return fail(Code::conflict, "There is a dataset `" + std::string(name) + "` already.",
                  "name");
    }
    TRY_ASSIGN(auto count, db->prepare("SELECT count(*) FROM datasets WHERE tenant = ?1"));
    count.bind(1, tenant);
    TRY(count.step());
    if (count.integer(0) >= kMaxDatasets)
      return fail(Code::too_large, "A tenant may have 1,000 datasets: delete one.");
    TRY_ASSIGN(auto insert, db->prepare("INSERT INTO datasets (tenant, id, name, description, "
                                        "latest, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, "
                                        "1, ?5, ?5)"));
    insert.bind(1, tenant).bind(2, id).bind(3, name).bind(4, description).bind(5, now);
    TRY(insert.run());
    TRY_ASSIGN(auto version,
               db->prepare("INSERT INTO dataset_versions (tenant, dataset, "  //
                           MAESTER_DATASET_VERSION_COLUMNS
                           ") VALUES (?1, ?2, 1, 0, 0, 0, 'created', ?3, ?4)"));
    version.bind(1, tenant).bind(2, id).bind(3, author).bind(4, now);
    return version.run();
  }));
  return read(*db, tenant, name);
}

Result<Dataset> DatasetStore::read(store::Database& db, std::string_view tenant,
                                   std::string_view name) {
  TRY_ASSIGN(auto select, db.prepare(MAESTER_SELECT_DATASET " AND d.name = ?2"));
  select.bind(1, tenant).bind(2, name);
  TRY_ASSIGN(const bool found, select.step());
  if (!found) return no_dataset(name);
  return dataset_of(select);
}

Result<Dataset> DatasetStore::find(std::string_view tenant, std::string_view name) {
  const auto db = work_.use();
  return read(*db, tenant, name);
}

Result<std::vector<Dataset>> DatasetStore::list(std::string_view tenant) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare(MAESTER_SELECT_DATASET " ORDER BY d.name"));
  select.bind(1, tenant);
  std::vector<Dataset> out;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return out;
    out.push_back(dataset_of(select));
  }
}

Status DatasetStore::drop(std::string_view tenant, std::string_view name) {
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    TRY_ASSIGN(const Dataset dataset, read(*db, tenant, name));
    for (const char* sql : {"DELETE FROM dataset_cases WHERE tenant = ?1 AND dataset = ?2",
                            "DELETE FROM dataset_versions WHERE tenant = ?1 AND dataset = ?2",
                            "DELETE FROM datasets WHERE tenant = ?1 AND id = ?2"}) {
      TRY_ASSIGN(auto remove, db->prepare(sql));
      remove.bind(1, tenant).bind(2, dataset.id);
      TRY(remove.run());
    }
    return {};
  });
}

Result<std::vector<DatasetVersion>> DatasetStore::versions(const Dataset& dataset) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare("SELECT " MAESTER_DATASET_VERSION_COLUMNS
                                      " FROM dataset_versions WHERE tenant = ?1 AND dataset = ?2 "
                                      "ORDER BY number"));
  select.bind(1, dataset.tenant).bind(2, dataset.id);
  std::vector<DatasetVersion> out;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return out;
    out.push_back(rows::dataset_version(select, 0));
  }
}

Result<DatasetVersion> DatasetStore::version(const Dataset& dataset, std::int64_t number) {
  if (number == 0) return dataset.latest;
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare("SELECT " MAESTER_DATASET_VERSION_COLUMNS
                                      " FROM dataset_versions WHERE tenant = ?1 AND dataset = ?2 "
                                      "AND number = ?3"));
  select.bind(1, dataset.tenant).bind(2, dataset.id).bind(3, number);
  TRY_ASSIGN(const bool found, select.step());
  if (!found) {
    return fail(Code::not_found,
                "The dataset `" + dataset.name + "` has no version " + std::to_string(number) +
                    "; its newest is " + std::to_string(dataset.latest.number) + ".",
                "version");
  }
  return rows::dataset_version(select, 0);
}

Result<std::vector<Case>> DatasetStore::cases(const Dataset& dataset, const Query& query) {
  const std::int64_t version = query.version == 0 ? dataset.latest.number : query.version;
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare("SELECT " MAESTER_CASE_COLUMNS
                                      " FROM dataset_cases WHERE tenant = ?1 AND dataset = ?2 AND "
                                      "id > ?3 AND since <= ?4 AND (until = 0 OR until > ?4) AND "
                                      "(?5 = '' OR state = ?5) ORDER BY id LIMIT ?6"));
  select.bind(1, dataset.tenant).bind(2, dataset.id).bind(3, query.after).bind(4, version);
  select.bind(5, query.state ? to_string(*query.state) : std::string_view());
  select.bind(6, static_cast<std::int64_t>(query.limit));
  std::vector<Case> out;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return out;
    TRY_ASSIGN(out.emplace_back(), case_of(select, dataset, vault_));
  }
}

Result<Case> DatasetStore::find_case(const Dataset& dataset, std::int64_t version,
                                     std::string_view id) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare("SELECT " MAESTER_CASE_COLUMNS
                                      " FROM dataset_cases WHERE tenant = ?1 AND dataset = ?2 AND "
                                      "id = ?3 AND since <= ?4 AND (until = 0 OR until > ?4)"));
  select.bind(1, dataset.tenant).bind(2, dataset.id).bind(3, id);
  select.bind(4, version == 0 ? dataset.latest.number : version);
  TRY_ASSIGN(const bool found, select.step());
  if (!found) {
    return fail(Code::not_found,
                "The dataset `" + dataset.name + "` has no case `" + std::string(id) + "`.",
                "case");
  }
  return case_of(select, dataset, vault_);
}

Status DatasetStore::erase(store::Database& work, std::string_view tenant) {
  for (const char* sql : {"DELETE FROM dataset_cases WHERE tenant = ?1",
                          "DELETE FROM dataset_versions WHERE tenant = ?1",
                          "DELETE FROM datasets WHERE tenant = ?1"}) {
    TRY_ASSIGN(auto remove, work.prepare(sql));
    remove.bind(1, tenant);
    TRY(remove.run());
  }
  return {};
}

}  // namespace maester::evals
