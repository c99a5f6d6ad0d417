// Making, finding and cancelling.
#include "batches/batch_store.h"

#include <algorithm>

#include "batches/batch_rows.h"
#include "batches/rows.h"
#include "codec/json_writer.h"

namespace maester::batches {
namespace {

constexpr std::string_view kJobEnded = "job_ended";

}  // namespace

std::unique_ptr<BatchStore> BatchStore::make(store::LockedDatabase& work, jobs::Queue& queue,
                                             access::Vault& vault, const Clock& clock,
                                             Random& random) {
  return std::unique_ptr<BatchStore>(new BatchStore(work, queue, vault, clock, random));
}

Result<std::string> BatchStore::add_job(store::Database& db, const Batch& batch) {
  jobs::NewJob job;
  job.tenant = batch.tenant;
  job.kind = kBatchJob;
  job.subject = batch.id;
  json::Writer(job.payload).begin_object().field("batch", batch.id).end_object();
  job.unique_key = "batch:" + batch.id;
  job.priority = jobs::Priority::low;
  TRY_ASSIGN(const jobs::Queue::Added added, queue_.add(db, job));
  return added.id;
}

Result<Batch> BatchStore::create(std::string_view tenant, const NewBatch& given) {
  Batch batch;
  batch.tenant = tenant;
  batch.input_file = given.input_file;
  batch.endpoint = given.endpoint;
  batch.completion_window = kWindowText;
  batch.metadata = given.metadata;
  batch.output_expires = given.output_expires;
  batch.key_id = given.key_id;
  batch.created_at = clock_.wall();
  batch.expires_at = batch.created_at + kWindow;
  {
    const auto db = work_.use();
    batch.id = "batch_" + rows::bare(ids_.uuid());
    TRY(db->transaction([&]() -> Status {
      // Inside: a file that is deleted meanwhile has no batch.
      TRY_ASSIGN(auto input, db->prepare("SELECT 1 FROM files WHERE tenant = ?1 AND id = ?2"));
      TRY_ASSIGN(const bool there, input.bind(1, tenant).bind(2, batch.input_file).step());
      if (!there) {
        return fail(Code::not_found, "No such File object: " + batch.input_file.substr(0, 128),
                    "input_file_id");
      }
      TRY_ASSIGN(batch.job, add_job(*db, batch));
      return rows::insert(*db, batch);
    }));
  }
  queue_.wake();
  return batch;
}

Result<Batch> BatchStore::find(std::string_view tenant, std::string_view id) {
  const auto db = work_.use();
  return rows::read(*db, tenant, id);
}

Result<BatchStore::Page> BatchStore::list(std::string_view tenant, std::string_view after,
                                          std::size_t limit) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select,
             db->prepare("SELECT " MAESTER_BATCH_COLUMNS " FROM batches WHERE tenant = ?1 AND "
                         "(?2 = '' OR id < ?2) ORDER BY id DESC LIMIT ?3"));
  select.bind(1, tenant).bind(2, after).bind(3, static_cast<std::int64_t>(limit) + 1);
  Page out;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return out;
    if (out.batches.size() == limit) {
      out.more = true;
      return out;
    }
    TRY_ASSIGN(out.batches.emplace_back(), rows::batch(select));
  }
}

Result<Batch> BatchStore::cancel(std::string_view tenant, std::string_view id) {
  Batch batch;
  std::string job;
  {
    const auto db = work_.use();
    TRY(db->transaction([&]() -> Status {
      TRY_ASSIGN(batch, rows::read(*db, tenant, id));
      if (batch.status == BatchStatus::cancelling) return {};
      if (has_ended(batch.status) || batch.status == BatchStatus::finalizing) {
        return fail(
            Code::conflict,
            "Cannot cancel a batch with status '" + std::string(to_string(batch.status)) + "'.",
            "id");
      }
      job = batch.job;
      batch.status = BatchStatus::cancelling;
      batch.cancelling_at = clock_.wall();
      TRY_ASSIGN(auto update, db->prepare("UPDATE batches SET status = 'cancelling', cancelling_at "
                                          "= ?3 WHERE tenant = ?1 AND id = ?2"));
      update.bind(1, tenant).bind(2, id).bind(3, rows::stored(batch.cancelling_at));
      return update.run();
    }));
  }
  // One that waits for its next attempt is to end now; of all others this changes nothing.
  if (!job.empty()) (void)queue_.retry(tenant, job);
  queue_.wake();
  return batch;
}

Result<std::int64_t> BatchStore::adopt() {
  std::vector<Batch> orphans;
  const auto db = work_.use();
  {
    TRY_ASSIGN(auto select,
               db->prepare("SELECT " MAESTER_BATCH_COLUMNS
                           " FROM batches b WHERE b.status IN ('validating', 'in_progress', "
                           "'finalizing', 'cancelling') AND NOT EXISTS (SELECT 1 FROM jobs j WHERE "
                           "j.tenant = b.tenant AND j.id = b.job AND j.state IN ('queued', "
                           "'running', 'retry_wait')) LIMIT 100"));
    for (;;) {
      TRY_ASSIGN(const bool more, select.step());
      if (!more) break;
      TRY_ASSIGN(orphans.emplace_back(), rows::batch(select));
    }
  }
  for (Batch& batch : orphans) {
    const bool again =
        std::ranges::find(batch.errors, kJobEnded, &InputError::code) != batch.errors.end();
    batch.errors.push_back(
        {std::string(kJobEnded),
         "The batch's job " + batch.job + " ended before it: it was cancelled or gave up.", "", 0});
    TRY(db->transaction([&]() -> Status {
      if (again) return give_up(*db, batch);
      TRY_ASSIGN(const std::string job, add_job(*db, batch));
      TRY_ASSIGN(auto update,
                 db->prepare("UPDATE batches SET job = ?3, status = 'cancelling', cancelling_at = "
                             "CASE cancelling_at WHEN 0 THEN ?4 ELSE cancelling_at END, errors = "
                             "?5 WHERE tenant = ?1 AND id = ?2"));
      update.bind(1, batch.tenant).bind(2, batch.id).bind(3, job);
      update.bind(4, rows::stored(clock_.wall())).bind(5, rows::errors_json(batch.errors));
      return update.run();
    }));
  }
  if (!orphans.empty()) queue_.wake();
  return static_cast<std::int64_t>(orphans.size());
}

// Not even what is there can be written down. Its lines stay where they are.
Status BatchStore::give_up(store::Database& db, const Batch& batch) {
  TRY_ASSIGN(auto update, db.prepare("UPDATE batches SET status = 'failed', failed_at = ?3, errors "
                                     "= ?4 WHERE tenant = ?1 AND id = ?2"));
  update.bind(1, batch.tenant).bind(2, batch.id).bind(3, rows::stored(clock_.wall()));
  return update.bind(4, rows::errors_json(batch.errors)).run();
}

Status BatchStore::erase(store::Database& work, std::string_view tenant) {
  for (const char* sql :
       {"DELETE FROM batch_lines WHERE tenant = ?1", "DELETE FROM batches WHERE tenant = ?1"}) {
    TRY_ASSIGN(auto erase, work.prepare(sql));
    TRY(erase.bind(1, tenant).run());
  }
  return {};
}

}  // namespace maester::batches
