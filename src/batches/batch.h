// A batch: many requests of one file, answered in a file (OpenAI's Batch API).
//
//   validating -> in_progress -> finalizing -> completed | expired
//       |             |   cancelling -> cancelled
//       '-> failed    '------^
//
// What it is told as: docs/reference/surfaces/batches.md.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/money.h"

namespace maester::batches {

enum class BatchStatus : std::uint8_t {
  validating,
  failed,  // its input is not one: nothing was asked
  in_progress,
  finalizing,
  completed,
  expired,  // its window ended first
  cancelling,
  cancelled
};
std::string_view to_string(BatchStatus status);
std::optional<BatchStatus> parse_batch_status(std::string_view name);
bool has_ended(BatchStatus status);

// The routes whose requests a batch may hold.
inline constexpr std::array<std::string_view, 5> kEndpoints{
    "/v1/chat/completions", "/v1/responses", "/v1/embeddings", "/v1/completions", "/v1/messages"};

inline constexpr std::chrono::hours kWindow{24};
inline constexpr std::string_view kWindowText = "24h";

// What is wrong with the input.
struct InputError {
  std::string code, message, param;  // `param` may be ""
  std::int64_t line = 0;             // of the file, counted from 1; 0 = of no line
};

struct TokenSums {
  std::int64_t input = 0, cached = 0, output = 0, reasoning = 0;
};

struct Batch {
  std::string tenant, id;
  BatchStatus status = BatchStatus::validating;
  std::string input_file, endpoint, completion_window;
  std::string metadata;                                // a JSON object, "" = none
  std::optional<std::chrono::seconds> output_expires;  // of the files that it makes
  std::string model;                                   // that its lines ask, "" = several
  std::vector<InputError> errors;
  std::string output_file, error_file;  // ids, "" = none
  // Zero = not yet, or never.
  WallTime created_at{}, in_progress_at{}, expires_at{}, finalizing_at{}, completed_at{};
  WallTime failed_at{}, expired_at{}, cancelling_at{}, cancelled_at{};
  std::int64_t total = 0, completed = 0, failed = 0;  // lines
  TokenSums tokens;                                   // as the answers tell
  FemtoUsd cost;                                      // of all attempts that are priced
  std::string key_id;                                 // in whose name
  std::string job;
};

}  // namespace maester::batches
