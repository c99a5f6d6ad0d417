#include "batches/batch_rows.h"

#include "batches/rows.h"
#include "codec/json.h"
#include "codec/json_writer.h"

namespace maester::batches::rows {
namespace {

Result<std::vector<InputError>> errors_from(std::string_view text) {
  std::vector<InputError> out;
  if (text.empty()) return out;
  TRY_ASSIGN(const json::Document doc, json::Document::parse(text));
  for (const json::Value one : doc.root()) {
    out.push_back({std::string(one.get("code").string_or("")),
                   std::string(one.get("message").string_or("")),
                   std::string(one.get("param").string_or("")), one.get("line").int_or(0)});
  }
  return out;
}

}  // namespace

std::string errors_json(std::span<const InputError> errors) {
  std::string out;
  json::Writer w(out);
  w.begin_array();
  for (const InputError& one : errors) {
    w.begin_object().field("code", one.code).field("message", one.message);
    w.optional_field("param", one.param).field("line", one.line).end_object();
  }
  w.end_array();
  return out;
}

Result<Batch> batch(const store::Statement& row) {
  Batch out;
  int column = 0;
  const auto text = [&] { return std::string(row.text(column++)); };
  const auto number = [&] { return row.integer(column++); };
  const auto time = [&] { return wall(number()); };
  out.tenant = text();
  out.id = text();
  const auto status = parse_batch_status(text());
  if (!status) return fail(Code::corrupt, "A batch has an unknown status.", {}, out.id);
  out.status = *status;
  out.input_file = text();
  out.endpoint = text();
  out.completion_window = text();
  out.metadata = text();
  if (const std::int64_t expires = number(); expires > 0)
    out.output_expires = std::chrono::seconds(expires);
  out.model = text();
  TRY_ASSIGN(out.errors, errors_from(text()));
  out.output_file = text();
  out.error_file = text();
  for (WallTime* at : {&out.created_at, &out.in_progress_at, &out.expires_at, &out.finalizing_at,
                       &out.completed_at, &out.failed_at, &out.expired_at, &out.cancelling_at,
                       &out.cancelled_at}) {
    *at = time();
  }
  for (std::int64_t* count : {&out.total, &out.completed, &out.failed, &out.tokens.input,
                              &out.tokens.cached, &out.tokens.output, &out.tokens.reasoning}) {
    *count = number();
  }
  out.cost = row.money(column++);
  out.key_id = text();
  out.job = text();
  return out;
}

Result<Batch> read(store::Database& db, std::string_view tenant, std::string_view id) {
  TRY_ASSIGN(auto select, db.prepare("SELECT " MAESTER_BATCH_COLUMNS
                                     " FROM batches WHERE tenant = ?1 AND id = ?2"));
  TRY_ASSIGN(const bool found, select.bind(1, tenant).bind(2, id).step());
  if (!found)
    return fail(Code::not_found, "No batch found with id '" + std::string(id.substr(0, 128)) + "'.",
                "id");
  return batch(select);
}

Status insert(store::Database& db, const Batch& batch) {
  TRY_ASSIGN(auto insert,
             db.prepare("INSERT INTO batches (" MAESTER_BATCH_COLUMNS
                        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, '', '', '', '', ?9, 0, ?10, 0, "
                        "0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ?11, ?12, ?13)"));
  insert.bind(1, batch.tenant).bind(2, batch.id).bind(3, to_string(batch.status));
  insert.bind(4, batch.input_file).bind(5, batch.endpoint).bind(6, batch.completion_window);
  insert.bind(7, batch.metadata);
  insert.bind(8, batch.output_expires ? std::int64_t{batch.output_expires->count()} : 0);
  insert.bind(9, stored(batch.created_at)).bind(10, stored(batch.expires_at));
  insert.bind(11, batch.cost).bind(12, batch.key_id).bind(13, batch.job);
  return insert.run();
}

}  // namespace maester::batches::rows
