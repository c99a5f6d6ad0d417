#include "api/batch_json.h"

#include <array>
#include <utility>

namespace maester::api {
namespace {

void text_or_null(json::Writer& w, std::string_view name, std::string_view text) {
  w.key(name);
  text.empty() ? w.null() : w.value(text);
}

void write_errors(json::Writer& w, const batches::Batch& batch) {
  w.key("errors");
  if (batch.errors.empty()) {
    w.null();
    return;
  }
  w.begin_object().field("object", "list").key("data").begin_array();
  for (const batches::InputError& one : batch.errors) {
    w.begin_object().field("code", one.code).field("message", one.message);
    text_or_null(w, "param", one.param);
    w.key("line");
    one.line > 0 ? w.value(one.line) : w.null();
    w.end_object();
  }
  w.end_array().end_object();
}

void write_usage(json::Writer& w, const batches::TokenSums& tokens) {
  w.key("usage").begin_object().field("input_tokens", tokens.input);
  w.key("input_tokens_details").begin_object().field("cached_tokens", tokens.cached).end_object();
  w.field("output_tokens", tokens.output).key("output_tokens_details").begin_object();
  w.field("reasoning_tokens", tokens.reasoning).end_object();
  w.field("total_tokens", tokens.input + tokens.output).end_object();
}

}  // namespace

void write_batch(json::Writer& w, const batches::Batch& batch) {
  w.begin_object().field("id", batch.id).field("object", "batch");
  w.field("endpoint", batch.endpoint);
  text_or_null(w, "model", batch.model);
  write_errors(w, batch);
  w.field("input_file_id", batch.input_file);
  w.field("completion_window", batch.completion_window);
  w.field("status", batches::to_string(batch.status));
  text_or_null(w, "output_file_id", batch.output_file);
  text_or_null(w, "error_file_id", batch.error_file);
  w.field("created_at", unix_seconds(batch.created_at));
  for (const auto& [name, at] : std::array<std::pair<std::string_view, WallTime>, 8>{
           {{"in_progress_at", batch.in_progress_at},
            {"expires_at", batch.expires_at},
            {"finalizing_at", batch.finalizing_at},
            {"completed_at", batch.completed_at},
            {"failed_at", batch.failed_at},
            {"expired_at", batch.expired_at},
            {"cancelling_at", batch.cancelling_at},
            {"cancelled_at", batch.cancelled_at}}}) {
    w.key(name);
    at == WallTime{} ? w.null() : w.value(unix_seconds(at));
  }
  w.key("request_counts").begin_object().field("total", batch.total);
  w.field("completed", batch.completed).field("failed", batch.failed).end_object();
  write_usage(w, batch.tokens);
  w.key("metadata");
  batch.metadata.empty() ? w.null() : w.raw(batch.metadata);
  w.key("maester").begin_object().field("cost_usd", batch.cost).field("job_id", batch.job);
  w.end_object().end_object();
}

}  // namespace maester::api
