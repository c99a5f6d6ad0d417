// Whom `eval run` asks: the server at MAESTER_URL, else Maester in this process; HTTP providers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/cli.h"
#include "evals/graders.h"
#include "evals/http_provider.h"
#include "evals/runner.h"

namespace maester::app {

struct EvalAsking {
  std::string config_file, data_dir;  // of the process without a server
  std::string grader, embedder;
  std::vector<std::string> egress;
  bool no_cache = false;
};

class LocalMaester;

// Starts nothing before it is needed. One thread makes, asks for providers and destroys; what it
// gives is thread-safe and must not outlive it.
class EvalAsked {
 public:
  // The environment must outlive it.
  EvalAsked(const CliEnvironment& environment, const EvalAsking& asking);
  ~EvalAsked();
  EvalAsked(const EvalAsked&) = delete;
  EvalAsked& operator=(const EvalAsked&) = delete;

  // Fails when there is no such provider, or what it asks could not be started.
  Result<std::unique_ptr<evals::EvalProvider>> provider(const evals::SuiteProvider& wanted);
  evals::Graders& graders() { return *graders_; }

 private:
  Result<std::unique_ptr<evals::EvalProvider>> over_http(const evals::SuiteProvider& wanted);
  const EvalAsking asking_;
  std::unique_ptr<evals::ModelPort> port_;
  std::unique_ptr<evals::GradeCache> cache_;
  std::unique_ptr<evals::Graders> graders_;
  std::unique_ptr<evals::HttpPort> http_;
};

}  // namespace maester::app
