// The whole pipeline inside of `maester eval run`: no server, a data directory of its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "evals/graders.h"
#include "evals/model_port.h"

namespace maester::app {

struct LocalOptions {
  std::string config_file;  // "" = the models of `serve --dev`
  std::string data_dir;     // "" = a temporary one
};

// Made at once, started by the first ready(): a suite that asks no model starts nothing. Stops, and
// removes a temporary directory, when it dies. One thread may make and destroy it; send() and the
// rest are thread-safe.
class LocalMaester : public evals::ModelPort {
 public:
  // Where grades are kept between runs; null before ready() and for a temporary directory.
  virtual evals::GradeCache* grades() = 0;
};
std::unique_ptr<LocalMaester> local_maester(LocalOptions options);

// What the configuration's `[egress] allow` names. Blocking.
Result<std::vector<std::string>> egress_of(const LocalOptions& options);

}  // namespace maester::app
