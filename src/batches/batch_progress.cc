// The job's side of the batches: each write behind its fence.
#include "batches/batch_rows.h"
#include "batches/batch_store.h"
#include "batches/rows.h"

namespace maester::batches {
namespace {

constexpr std::string_view kAgain = "again", kAnswered = "answered", kFailed = "failed";

std::string_view stored(LineResult::Outcome outcome) {
  if (outcome == LineResult::Outcome::again) return kAgain;
  return outcome == LineResult::Outcome::answered ? kAnswered : kFailed;
}

LineResult::Outcome outcome_of(std::string_view text) {
  if (text == kAgain) return LineResult::Outcome::again;
  return text == kAnswered ? LineResult::Outcome::answered : LineResult::Outcome::failed;
}

std::string place_of(const Batch& batch, std::int64_t line) {
  return batch.id + "/" + std::to_string(line);
}

access::SealedPlace sealed_place(const Batch& batch, const std::string& row) {
  return {batch.tenant, "batch_lines", "result", row, ""};
}

}  // namespace

Status BatchStore::refuse(const Batch& batch, std::span<const InputError> errors,
                          const Fence& fence) {
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    TRY(fence(*db));
    TRY_ASSIGN(auto update,
               db->prepare("UPDATE batches SET status = 'failed', failed_at = ?3, errors = ?4 "
                           "WHERE tenant = ?1 AND id = ?2 AND status = 'validating'"));
    update.bind(1, batch.tenant).bind(2, batch.id).bind(3, rows::stored(clock_.wall()));
    return update.bind(4, rows::errors_json(errors)).run();
  });
}

Status BatchStore::start(const Batch& batch, std::int64_t total, std::string_view model,
                         const Fence& fence) {
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    TRY(fence(*db));
    // One that is being cancelled keeps its state and learns how long it is.
    TRY_ASSIGN(auto update,
               db->prepare("UPDATE batches SET total = ?4, model = ?5, in_progress_at = CASE "
                           "status WHEN 'validating' THEN ?3 ELSE 0 END, status = CASE status WHEN "
                           "'validating' THEN 'in_progress' ELSE status END "
                           "WHERE tenant = ?1 AND id = ?2 AND status IN ('validating', "
                           "'cancelling')"));
    update.bind(1, batch.tenant).bind(2, batch.id).bind(3, rows::stored(clock_.wall()));
    return update.bind(4, total).bind(5, model).run();
  });
}

Status BatchStore::for_each_line(const Batch& batch,
                                 const std::function<void(const LineResult&)>& visit) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare("SELECT line, attempt, outcome FROM batch_lines WHERE tenant "
                                      "= ?1 AND batch = ?2 ORDER BY line"));
  select.bind(1, batch.tenant).bind(2, batch.id);
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return {};
    visit({.line = select.integer(0),
           .outcome = outcome_of(select.text(2)),
           .attempt = select.integer(1),
           .text = {}});
  }
}

Result<std::string> BatchStore::seal(const Batch& batch, const LineResult& line) {
  if (line.text.empty()) return std::string();
  const std::string row = place_of(batch, line.line);
  return vault_.seal(sealed_place(batch, row), line.text);
}

Status BatchStore::commit(const Batch& batch, const Progress& progress, const Fence& fence) {
  std::vector<std::string> sealed;
  std::int64_t answered = 0, failed = 0;
  for (const LineResult& line : progress.lines) {
    TRY_ASSIGN(sealed.emplace_back(), seal(batch, line));
    answered += line.outcome == LineResult::Outcome::answered ? 1 : 0;
    failed += line.outcome == LineResult::Outcome::failed ? 1 : 0;
  }
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    TRY(fence(*db));
    // What is final of a line stays as it is.
    TRY_ASSIGN(auto insert,
               db->prepare("INSERT INTO batch_lines (tenant, batch, line, attempt, outcome, "
                           "result) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (tenant, batch, "
                           "line) DO UPDATE SET attempt = excluded.attempt, outcome = "
                           "excluded.outcome, result = excluded.result WHERE outcome = 'again'"));
    for (std::size_t i = 0; i < sealed.size(); ++i) {
      const LineResult& line = progress.lines[i];
      insert.bind(1, batch.tenant).bind(2, batch.id).bind(3, line.line).bind(4, line.attempt);
      TRY(insert.bind(5, stored(line.outcome)).bind_blob(6, sealed[i]).run());
    }
    TRY_ASSIGN(const Batch now, rows::read(*db, batch.tenant, batch.id));
    TRY_ASSIGN(auto update,
               db->prepare("UPDATE batches SET completed = completed + ?3, failed = failed + ?4, "
                           "input_tokens = input_tokens + ?5, cached_tokens = cached_tokens + ?6, "
                           "output_tokens = output_tokens + ?7, reasoning_tokens = "
                           "reasoning_tokens + ?8, cost = ?9 WHERE tenant = ?1 AND id = ?2"));
    update.bind(1, batch.tenant).bind(2, batch.id).bind(3, answered).bind(4, failed);
    update.bind(5, progress.tokens.input).bind(6, progress.tokens.cached);
    update.bind(7, progress.tokens.output).bind(8, progress.tokens.reasoning);
    return update.bind(9, now.cost + progress.cost).run();
  });
}

Status BatchStore::begin_finalizing(const Batch& batch, const Fence& fence) {
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    TRY(fence(*db));
    TRY_ASSIGN(auto update,
               db->prepare("UPDATE batches SET status = 'finalizing', finalizing_at = ?3 WHERE "
                           "tenant = ?1 AND id = ?2 AND status = 'in_progress'"));
    update.bind(1, batch.tenant).bind(2, batch.id).bind(3, rows::stored(clock_.wall()));
    return update.run();
  });
}

Result<std::vector<LineResult>> BatchStore::results(const Batch& batch, std::int64_t line,
                                                    std::size_t limit) {
  std::vector<LineResult> out;
  {
    const auto db = work_.use();
    TRY_ASSIGN(auto select,
               db->prepare("SELECT line, attempt, outcome, result FROM batch_lines WHERE tenant = "
                           "?1 AND batch = ?2 AND line > ?3 ORDER BY line LIMIT ?4"));
    select.bind(1, batch.tenant).bind(2, batch.id).bind(3, line);
    select.bind(4, static_cast<std::int64_t>(limit));
    for (;;) {
      TRY_ASSIGN(const bool more, select.step());
      if (!more) break;
      out.push_back({select.integer(0), outcome_of(select.text(2)), select.integer(1),
                     std::string(select.text(3))});
    }
  }
  for (LineResult& one : out) {
    if (one.text.empty()) continue;
    const std::string row = place_of(batch, one.line);
    TRY_ASSIGN(one.text, vault_.open_sealed(sealed_place(batch, row), one.text));
  }
  return out;
}

Status BatchStore::end(const Batch& batch, const Ending& ending, const Fence& fence) {
  const std::int64_t now = rows::stored(clock_.wall());
  const auto at = [&](BatchStatus status) { return ending.status == status ? now : 0; };
  const auto db = work_.use();
  return db->transaction([&]() -> Status {
    TRY(fence(*db));
    TRY_ASSIGN(const auto files, ending.add_files(*db));
    TRY_ASSIGN(auto update,
               db->prepare("UPDATE batches SET status = ?3, completed_at = ?4, expired_at = ?5, "
                           "cancelled_at = ?6, failed = failed + ?7, output_file = ?8, error_file "
                           "= ?9 WHERE tenant = ?1 AND id = ?2 AND status IN ('finalizing', "
                           "'cancelling')"));
    update.bind(1, batch.tenant).bind(2, batch.id).bind(3, to_string(ending.status));
    update.bind(4, at(BatchStatus::completed)).bind(5, at(BatchStatus::expired));
    update.bind(6, at(BatchStatus::cancelled)).bind(7, ending.failed_more);
    TRY(update.bind(8, files.first).bind(9, files.second).run());
    TRY_ASSIGN(auto erase, db->prepare("DELETE FROM batch_lines WHERE tenant = ?1 AND batch = ?2"));
    return erase.bind(1, batch.tenant).bind(2, batch.id).run();
  });
}

}  // namespace maester::batches
