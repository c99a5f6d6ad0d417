#include "batches/batch_job.h"

#include "batches/batch_files.h"
#include "batches/input.h"
#include "batches/line_run.h"
#include "codec/json.h"
#include "codec/json_writer.h"

namespace maester::batches {
namespace {

Fence fence_of(jobs::Run& run) {
  return [&run](store::Database& db) { return run.fence(db); };
}

std::string counts_json(const Batch& batch) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("status", to_string(batch.status)).field("total", batch.total);
  w.field("completed", batch.completed).field("failed", batch.failed).end_object();
  return out;
}

}  // namespace

Result<std::string> BatchJob::run(jobs::Run& run) {
  const jobs::Job& job = run.job();
  TRY_ASSIGN(const json::Document payload, json::Document::parse(job.payload));
  const std::string id(payload.root().get("batch").string_or(""));
  TRY_ASSIGN(Batch batch, batches_.find(job.tenant, id));
  if (batch.status == BatchStatus::validating) {
    TRY(run.step("validate", [&] { return validate(run, batch); }));
    TRY_ASSIGN(batch, batches_.find(job.tenant, id));
  }
  if (batch.status == BatchStatus::in_progress) {
    TRY(run.step("requests", [&] { return ask(run, batch); }));
  }
  if (!has_ended(batch.status)) {
    TRY(run.step("finalize", [&] { return finalize(run, batch); }));
    TRY_ASSIGN(batch, batches_.find(job.tenant, id));
  }
  return counts_json(batch);
}

Result<std::string> BatchJob::validate(jobs::Run& run, const Batch& batch) {
  const BatchRules rules = rules_();
  TRY_ASSIGN(const StoredFile input, files_.find_even_expired(batch.tenant, batch.input_file));
  TRY_ASSIGN(std::shared_ptr<BodyReader> body, files_.read(batch.tenant, input));
  std::int64_t read = 0;
  const auto pieces = [&]() -> Result<std::string> {
    TRY_ASSIGN(std::string piece, body->next());
    read += static_cast<std::int64_t>(piece.size());
    TRY(run.progress(read, input.bytes));
    return piece;
  };
  TRY_ASSIGN(const InputReport report, check_input(pieces,
                                                   {.endpoint = batch.endpoint,
                                                    .max_requests = rules.max_lines,
                                                    .max_line = rules.max_line},
                                                   [&] { return run.stopped(); }));
  if (!report.errors.empty()) {
    TRY(batches_.refuse(batch, report.errors, fence_of(run)));
  } else {
    TRY(batches_.start(batch, report.requests, report.model, fence_of(run)));
  }
  return std::string();
}

Result<std::string> BatchJob::ask(jobs::Run& run, const Batch& batch) {
  TRY_ASSIGN(const StoredFile input, files_.find_even_expired(batch.tenant, batch.input_file));
  TRY_ASSIGN(std::shared_ptr<BodyReader> body, files_.read(batch.tenant, input));
  LineRun lines(run, batch, batches_, loopback_, clock_, rules_());
  TRY(lines.run(pieces_of(std::move(body))));
  return std::string();
}

Result<std::string> BatchJob::finalize(jobs::Run& run, const Batch& asked) {
  TRY(batches_.begin_finalizing(asked, fence_of(run)));
  TRY_ASSIGN(const Batch batch, batches_.find(asked.tenant, asked.id));
  if (has_ended(batch.status)) return std::string();
  BatchFiles made(files_, batch);
  if (batch.in_progress_at != WallTime{}) {
    const auto tell = [&](std::int64_t done) { return run.progress(done, batch.total); };
    TRY(made.write(batches_, rules_().max_line, tell));
  }
  using enum BatchStatus;
  const BatchStatus status = batch.status == cancelling ? cancelled
                             : made.unanswered() > 0    ? expired
                                                        : completed;
  TRY(batches_.end(batch,
                   {.status = status,
                    .failed_more = made.unanswered(),
                    .add_files = [&](store::Database& db) { return made.add(db); }},
                   fence_of(run)));
  made.keep();
  return std::string();
}

}  // namespace maester::batches
