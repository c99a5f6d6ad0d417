// What the provider knows about each call it was asked for: the journal that is compared with the
// server's ledger, and the counters behind /__stats. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/line_file.h"

namespace maester::rig {

enum class Outcome : std::uint8_t { complete, cut, client_closed, open };

struct Call {
  std::uint64_t start_wall_ns = 0;
  std::uint64_t connection = 0;
  std::uint64_t number = 0;  // of the request on its connection, from 1
  std::string path, request_id, attempt, credential, model;
  bool stream = false;
  int status = 0;
  std::int64_t input_tokens = 0, output_tokens = 0;  // billed so far
  std::uint64_t body_bytes = 0;
};

class Calls {
 public:
  Calls(const std::string& path, bool sync) : file_(path, sync) {}
  // Headers and text are only worth keeping when somebody reads them.
  bool journalled() const { return file_.enabled(); }
  void begin(const Call& call);
  void end(const Call& call, Outcome outcome);
  void flush() { file_.flush(); }

  std::string stats_json() const;
  void reset();

  std::atomic<std::uint64_t> connections_open{0}, connections_total{0};

 private:
  LineFile file_;
  std::atomic<std::uint64_t> started_{0}, active_{0}, complete_{0}, cut_{0}, client_closed_{0};
  std::atomic<std::uint64_t> last_close_wall_ns_{0};
};

}  // namespace maester::rig
