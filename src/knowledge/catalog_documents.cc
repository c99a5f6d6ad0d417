// Documents: accepting, listing, the end of their way, deleting.
#include "base/hash.h"
#include "base/hex.h"
#include "codec/json_writer.h"
#include "knowledge/catalog.h"
#include "knowledge/catalog_rows.h"

namespace maester::knowledge {
namespace {

// Over all that an index holds of a document: a change of its groups is a change.
std::string content_hash(const NewDocument& document) {
  std::string text;
  for (const std::string_view part :
       {std::string_view(document.title), std::string_view(document.content_type),
        std::string_view(document.file_name), std::string_view(document.metadata),
        std::string_view(document.url)}) {
    text += std::to_string(part.size()) + ":";
    text += part;
  }
  text += document.groups ? rows::groups_json(*document.groups) : "all";
  return sha256_hex(text + sha256_hex(document.bytes));
}

struct Known {
  Document document;
  bool found = false;
};

Result<Known> by_source(store::Database& db, const Collection& collection,
                        std::string_view source_id) {
  TRY_ASSIGN(
      auto select,
      db.prepare("SELECT " MAESTER_DOCUMENT_COLUMNS
                 " FROM documents WHERE tenant = ?1 AND collection = ?2 AND source_id = ?3"));
  select.bind(1, collection.tenant).bind(2, collection.id).bind(3, source_id);
  TRY_ASSIGN(const bool found, select.step());
  Known out;
  out.found = found;
  if (found) {
    TRY_ASSIGN(out.document, rows::document(select));
  }
  return out;
}

Status store_document(store::Database& db, const Collection& collection, const Document& document) {
  TRY_ASSIGN(
      auto insert,
      db.prepare("INSERT OR REPLACE INTO documents (tenant, collection, " MAESTER_DOCUMENT_COLUMNS
                 ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'pending', ?10, ?11, ?12, NULL, "
                 "NULL, NULL, '', ?13, ?14, ?15, ?16)"));
  insert.bind(1, collection.tenant).bind(2, collection.id);
  insert.bind_blob(3, rows::blob(document.id)).bind(4, document.source_id).bind(5, document.title);
  insert.bind(6, document.content_type).bind(7, document.file_name);
  document.groups ? insert.bind(8, rows::groups_json(*document.groups)) : insert.bind_null(8);
  insert.bind(9, document.metadata).bind(10, document.generation).bind(11, document.change);
  insert.bind(12, document.content_hash).bind(13, document.job_id);
  insert.bind(14, rows::stored(document.created_at)).bind(15, rows::stored(document.updated_at));
  insert.bind(16, document.url);
  return insert.run();
}

Status store_source(store::Database& db, const Collection& collection, const Document& document,
                    std::string_view bytes) {
  TRY_ASSIGN(auto insert,
             db.prepare("INSERT OR REPLACE INTO sources (tenant, collection, document, "
                        "generation, bytes) VALUES (?1, ?2, ?3, ?4, ?5)"));
  insert.bind(1, collection.tenant).bind(2, collection.id);
  insert.bind_blob(3, rows::blob(document.id)).bind(4, document.generation).bind_blob(5, bytes);
  return insert.run();
}

std::string payload(const Collection& collection, std::string_view key_id) {
  std::string out;
  json::Writer(out)
      .begin_object()
      .field("collection", collection.name)
      .field("key_id", key_id)
      .end_object();
  return out;
}

Status delete_of(store::Database& db, const char* sql, const Collection& collection,
                 const Uuid& id) {
  TRY_ASSIGN(auto statement, db.prepare(sql));
  statement.bind(1, collection.tenant).bind(2, collection.id).bind_blob(3, rows::blob(id));
  return statement.run();
}

Result<std::vector<Document>> all_rows(store::Statement& select) {
  std::vector<Document> out;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return out;
    TRY_ASSIGN(out.emplace_back(), rows::document(select));
  }
}

Result<std::vector<Uuid>> all_ids(store::Statement& select) {
  std::vector<Uuid> out;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return out;
    out.push_back(rows::uuid(select.text(0)));
  }
}

Status mark_one(store::Database& db, const Collection& collection, const Catalog::Mark& mark,
                std::int64_t now) {
  TRY_ASSIGN(auto newest,
             db.prepare("SELECT 1 FROM documents WHERE tenant = ?1 AND collection = ?2 AND id = ?3 "
                        "AND generation = ?4 AND state <> 'deleted'"));
  newest.bind(1, collection.tenant).bind(2, collection.id).bind_blob(3, rows::blob(mark.document));
  newest.bind(4, mark.generation);
  TRY_ASSIGN(const bool there, newest.step());
  if (!there) return {};
  newest.reset();
  TRY_ASSIGN(const std::int64_t change, rows::next_change(db, collection));
  TRY_ASSIGN(
      auto update,
      db.prepare("UPDATE documents SET state = ?5, change = ?6, error_code = ?7, error_message = "
                 "?8, error_reason = ?9, report = ?10, updated_at = ?11 WHERE tenant = ?1 AND "
                 "collection = ?2 AND id = ?3 AND generation = ?4 AND state <> 'deleted'"));
  update.bind(1, collection.tenant).bind(2, collection.id).bind_blob(3, rows::blob(mark.document));
  update.bind(4, mark.generation).bind(5, to_string(mark.state)).bind(6, change);
  if (mark.error) {
    update.bind(7, to_string(mark.error->code)).bind(8, mark.error->message);
    update.bind(9, mark.error->param);
  } else {
    update.bind_null(7).bind_null(8).bind_null(9);
  }
  update.bind(10, mark.report).bind(11, now);
  TRY(update.run());
  // A failed one may be tried again.
  if (mark.state != DocumentState::failed) {
    TRY(delete_of(db, "DELETE FROM sources WHERE tenant = ?1 AND collection = ?2 AND document = ?3",
                  collection, mark.document));
  }
  if (mark.version == 0) return {};
  TRY_ASSIGN(auto version, db.prepare("UPDATE index_versions SET change = ?4 WHERE tenant = ?1 "
                                      "AND collection = ?2 AND number = ?3 AND change = ?4 - 1"));
  version.bind(1, collection.tenant).bind(2, collection.id).bind(3, mark.version).bind(4, change);
  return version.run();
}

std::unexpected<Error> unknown() {
  return fail(Code::not_found, "There is no such document in the collection.", "document_id");
}

}  // namespace

Result<Catalog::Accepted> Catalog::accept_one(store::Database& db, const Collection& collection,
                                              NewDocument& given, std::string& batch_job,
                                              std::string_view key_id, bool together) {
  std::string hash = content_hash(given);
  TRY_ASSIGN(Known known, by_source(db, collection, given.source_id));
  Document& document = known.document;
  const bool same = known.found && document.content_hash == hash;
  // What a URL gives may have changed though nothing is said to have.
  if (same && given.url.empty() && document.state != DocumentState::deleted &&
      document.state != DocumentState::failed)
    return Accepted{document.id, document.job_id, true};
  if (!known.found) {
    document.id = ids_.uuid();
    document.created_at = clock_.wall();
  }
  document.updated_at = clock_.wall();
  document.generation += 1;
  document.content_hash = std::move(hash);
  document.source_id = std::move(given.source_id);
  document.title = std::move(given.title);
  document.content_type = std::move(given.content_type);
  document.file_name = std::move(given.file_name);
  document.url = std::move(given.url);
  document.groups = std::move(given.groups);
  document.metadata = std::move(given.metadata);
  if (!together || batch_job.empty()) {
    const jobs::NewJob job{
        .tenant = collection.tenant,
        .kind = "ingest",
        .subject = collection.name + (together ? "" : "/" + document.source_id.substr(0, 256)),
        .payload = payload(collection, key_id),
        .unique_key = together ? ""
                               : "ingest:" + document.id.to_string() + ":" +
                                     std::to_string(document.generation),
        .priority = jobs::Priority::normal,
        .not_before = {}};
    TRY_ASSIGN(jobs::Queue::Added added, queue_.add(db, job));
    batch_job = std::move(added.id);
  }
  document.job_id = batch_job;
  TRY(store_document(db, collection, document));
  TRY(store_source(db, collection, document, given.bytes));
  return Accepted{document.id, document.job_id, false};
}

Result<std::vector<Catalog::Accepted>> Catalog::accept(const Collection& collection,
                                                       std::vector<NewDocument> documents,
                                                       std::string_view key_id, bool together) {
  std::vector<Accepted> out;
  {
    const auto db = work_.use();
    std::string batch_job;
    TRY(db->transaction([&]() -> Status {
      TRY_ASSIGN(auto there,
                 db->prepare("SELECT 1 FROM collections WHERE tenant = ?1 AND id = ?2"));
      there.bind(1, collection.tenant).bind(2, collection.id);
      TRY_ASSIGN(const bool exists, there.step());
      if (!exists) return fail(Code::not_found, "The collection is gone.", "collection");
      there.reset();
      for (NewDocument& document : documents) {
        if (!together) batch_job.clear();
        TRY_ASSIGN(out.emplace_back(),
                   accept_one(*db, collection, document, batch_job, key_id, together));
      }
      return {};
    }));
  }
  queue_.wake();
  return out;
}

Result<Document> Catalog::document(const Collection& collection, const Uuid& id) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select,
             db->prepare("SELECT " MAESTER_DOCUMENT_COLUMNS
                         " FROM documents WHERE tenant = ?1 AND collection = ?2 AND id = ?3"));
  select.bind(1, collection.tenant).bind(2, collection.id).bind_blob(3, rows::blob(id));
  TRY_ASSIGN(const bool found, select.step());
  if (!found) return unknown();
  return rows::document(select);
}

Result<std::optional<Uuid>> Catalog::id_of(const Collection& collection,
                                           std::string_view source_id) {
  const auto db = work_.use();
  TRY_ASSIGN(const Known known, by_source(*db, collection, source_id));
  return known.found ? std::optional(known.document.id) : std::nullopt;
}

Result<Catalog::Page> Catalog::documents(const Collection& collection,
                                         std::optional<DocumentState> state,
                                         std::optional<std::span<const std::string>> readers,
                                         std::string_view cursor, std::size_t limit) {
  Uuid after;
  if (!cursor.empty()) {
    const auto parsed = Uuid::parse(cursor);
    if (!parsed)
      return fail(Code::invalid_request, "The cursor is not one of this list.", "cursor");
    after = *parsed;
  }
  const auto db = work_.use();
  TRY_ASSIGN(auto select,
             db->prepare("SELECT " MAESTER_DOCUMENT_COLUMNS
                         " FROM documents WHERE tenant = ?1 AND collection = ?2 AND id > ?3 AND "
                         "(state = ?4 OR (?4 = '' AND state <> 'deleted')) ORDER BY id"));
  select.bind(1, collection.tenant).bind(2, collection.id).bind_blob(3, rows::blob(after));
  select.bind(4, state ? to_string(*state) : std::string_view{});
  Page page;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return page;
    TRY_ASSIGN(Document document, rows::document(select));
    if (readers && !document.readable_by(*readers)) continue;
    if (page.documents.size() == limit) {
      page.next_cursor = page.documents.back().id.to_string();
      return page;
    }
    page.documents.push_back(std::move(document));
  }
}

Result<Catalog::Counts> Catalog::counts(const Collection& collection) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare("SELECT state, count(*) FROM documents WHERE tenant = ?1 AND "
                                      "collection = ?2 AND state <> 'deleted' GROUP BY state"));
  select.bind(1, collection.tenant).bind(2, collection.id);
  Counts out;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return out;
    const std::int64_t n = select.integer(1);
    out.total += n;
    if (select.text(0) == "ready") out.ready = n;
    if (select.text(0) == "pending") out.pending = n;
    if (select.text(0) == "failed") out.failed = n;
  }
}

Result<std::vector<Document>> Catalog::changed_after(const Collection& collection,
                                                     std::int64_t change, std::size_t limit) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select,
             db->prepare("SELECT " MAESTER_DOCUMENT_COLUMNS
                         " FROM documents WHERE tenant = ?1 AND collection = ?2 AND change > ?3 "
                         "ORDER BY change LIMIT ?4"));
  select.bind(1, collection.tenant).bind(2, collection.id).bind(3, change);
  select.bind(4, static_cast<std::int64_t>(limit));
  return all_rows(select);
}

Result<std::vector<Uuid>> Catalog::of_job(const Collection& collection, std::string_view job_id) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare("SELECT id FROM documents WHERE tenant = ?1 AND "
                                      "collection = ?2 AND job = ?3 ORDER BY id"));
  select.bind(1, collection.tenant).bind(2, collection.id).bind(3, job_id);
  return all_ids(select);
}

Status Catalog::take_up_again(const Collection& collection, std::string_view job_id) {
  const auto db = work_.use();
  TRY_ASSIGN(auto update,
             db->prepare("UPDATE documents SET state = 'pending' WHERE tenant = ?1 AND "
                         "collection = ?2 AND job = ?3 AND state = 'failed'"));
  update.bind(1, collection.tenant).bind(2, collection.id).bind(3, job_id);
  return update.run();
}

Result<std::vector<Uuid>> Catalog::deleted(const Collection& collection) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare("SELECT id FROM documents WHERE tenant = ?1 AND "
                                      "collection = ?2 AND state = 'deleted'"));
  select.bind(1, collection.tenant).bind(2, collection.id);
  return all_ids(select);
}

Status Catalog::mark(const Collection& collection, std::span<const Mark> marks,
                     const std::function<Status(store::Database&)>& fence) {
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    TRY(fence(*db));
    for (const Mark& mark : marks) TRY(mark_one(*db, collection, mark, now()));
    return {};
  });
}

Status Catalog::keep_source(const Collection& collection, const Document& document,
                            std::string_view bytes, std::string_view content_type) {
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    TRY(store_source(*db, collection, document, bytes));
    TRY_ASSIGN(auto update, db->prepare("UPDATE documents SET content_type = ?4 WHERE tenant = ?1 "
                                        "AND collection = ?2 AND id = ?3 AND content_type = ''"));
    update.bind(1, collection.tenant).bind(2, collection.id);
    update.bind_blob(3, rows::blob(document.id)).bind(4, content_type);
    return update.run();
  });
}

Status Catalog::remove(const Collection& collection, const Uuid& id) {
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    TRY_ASSIGN(const std::int64_t change, rows::next_change(*db, collection));
    TRY_ASSIGN(auto update,
               db->prepare("UPDATE documents SET state = 'deleted', change = ?4, generation = "
                           "generation + 1, updated_at = ?5, content_hash = '', report = '' WHERE "
                           "tenant = ?1 AND collection = ?2 AND id = ?3 AND state <> 'deleted'"));
    update.bind(1, collection.tenant).bind(2, collection.id).bind_blob(3, rows::blob(id));
    update.bind(4, change).bind(5, now());
    TRY(update.run());
    if (db->changes() == 0) return unknown();
    // Its marks are in every version's index before the deletion is answered.
    TRY_ASSIGN(auto versions, db->prepare("UPDATE index_versions SET change = ?3 WHERE tenant = ?1 "
                                          "AND collection = ?2 AND change = ?3 - 1"));
    versions.bind(1, collection.tenant).bind(2, collection.id).bind(3, change);
    TRY(versions.run());
    for (const char* sql :
         {"DELETE FROM sources WHERE tenant = ?1 AND collection = ?2 AND document = ?3",
          "DELETE FROM texts WHERE tenant = ?1 AND collection = ?2 AND document = ?3"}) {
      TRY(delete_of(*db, sql, collection, id));
    }
    return {};
  });
}

}  // namespace maester::knowledge
