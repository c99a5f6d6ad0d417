// The lines of a batch's input file: read one by one, and judged before anything is asked.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "batches/batch.h"
#include "batches/file_body.h"
#include "codec/json.h"
#include "codec/json_lines.h"

namespace maester::batches {

// Where lines come from, piece by piece; "" at the end.
using Pieces = std::function<Result<std::string>()>;

// The lines of a file with their numbers, counted from 1; blank ones are passed over. One thread.
class LineReader {
 public:
  // A line of more bytes than `max_line` is Code::too_large, for good.
  LineReader(Pieces pieces, std::size_t max_line)
      : pieces_(std::move(pieces)), max_line_(max_line) {}
  // False at the end. `text` is valid until the next call.
  Result<bool> next(std::string_view& text);
  std::int64_t number() const { return number_; }  // of the last line

 private:
  Error too_long() const;
  Pieces pieces_;
  const std::size_t max_line_;
  std::string buffer_;
  std::size_t begin_ = 0, scanned_ = 0;
  std::int64_t number_ = 0;
  bool ended_ = false;
};

// One request of a batch; the views are into its line.
struct RequestLine {
  json::Document document;
  std::string_view custom_id, model;  // the model is "" when the body names none
  json::Value body;
};
// What a line must be for a batch of `endpoint`; the error names the member at fault.
std::expected<RequestLine, InputError> read_request(std::string_view line,
                                                    std::string_view endpoint);

// The judgement of a whole file.
struct InputReport {
  std::int64_t requests = 0;
  std::string model;  // that all name, "" = several or none
  std::vector<InputError> errors;
};
struct InputRules {
  std::string_view endpoint;
  std::int64_t max_requests = 50'000;
  std::size_t max_line = 10u << 20;
};
// At most this many errors are told; the last one says how many more there are.
inline constexpr std::size_t kMaxErrors = 1'000;

// Fails only when the file cannot be read, or `stopped` says so (Code::cancelled). Holds 16 bytes
// a line.
Result<InputReport> check_input(Pieces pieces, const InputRules& rules,
                                const std::function<bool()>& stopped);

Pieces pieces_of(std::shared_ptr<BodyReader> body);

}  // namespace maester::batches
