// Where `maester batch run` has its batch run: on a server, or in the command's own process.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/cli_session.h"
#include "base/clock.h"
#include "base/result.h"

namespace maester::app {

struct BatchLook {
  std::string status, output_file, error_file;
  std::int64_t total = 0, completed = 0, failed = 0;
  std::vector<std::string> problems;  // "line 3: what is wrong", of one that failed
  bool ended() const;
};

class BatchPort {
 public:
  virtual ~BatchPort() = default;
  virtual std::string where() const = 0;  // for a person, and for a run that goes on there
  virtual Result<std::string> upload(const std::string& path) = 0;  // the file's id
  virtual Result<std::string> create(const std::string& file, const std::string& endpoint) = 0;
  virtual Result<BatchLook> look(const std::string& batch) = 0;
  virtual Status download(const std::string& file, const std::string& path) = 0;
  // Waits so long; false when the user wants to end.
  virtual bool pause(milliseconds time) = 0;
};

// The server at MAESTER_URL.
std::unique_ptr<BatchPort> server_batches(CliSession& session, const std::string& url);

struct LocalBatches {
  std::string config_file;  // "" = maester.toml, or what --dev has
  std::string data_dir;
  bool dev = false;
  std::size_t concurrency = 0;  // lines at a time; 0 = as configured
};
// The pipeline in this process, on a data directory that no server has open.
// REQUIRES: the only thread of the process.
Result<std::unique_ptr<BatchPort>> local_batches(const LocalBatches& wanted);

}  // namespace maester::app
