// Rows of table `batches`. For the .cc files of this module only.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "batches/batch.h"
#include "store/sqlite.h"

namespace maester::batches::rows {

#define MAESTER_BATCH_COLUMNS                                                                 \
  "tenant, id, status, input_file, endpoint, completion_window, metadata, output_expires_s, " \
  "model, errors, output_file, error_file, created_at, in_progress_at, expires_at, "          \
  "finalizing_at, completed_at, failed_at, expired_at, cancelling_at, cancelled_at, total, "  \
  "completed, failed, input_tokens, cached_tokens, output_tokens, reasoning_tokens, cost, "   \
  "key_id, job"

Result<Batch> batch(const store::Statement& row);
Result<Batch> read(store::Database& db, std::string_view tenant, std::string_view id);
Status insert(store::Database& db, const Batch& batch);  // a new one
std::string errors_json(std::span<const InputError> errors);

}  // namespace maester::batches::rows
