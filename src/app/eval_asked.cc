#include "app/eval_asked.h"

#include "app/cli_eval_port.h"
#include "app/eval_http.h"
#include "app/eval_local.h"
#include "evals/model_provider.h"

namespace maester::app {
namespace {

// Of this run in memory, of earlier ones in the data directory.
class RunGrades final : public evals::GradeCache {
 public:
  explicit RunGrades(LocalMaester* local) : local_(local) {}
  std::optional<std::string> find(const std::string& key) override {
    if (auto found = memory_->find(key)) return found;
    evals::GradeCache* const kept = disk();
    return kept == nullptr ? std::nullopt : kept->find(key);
  }
  void keep(const std::string& key, const std::string& reply) override {
    memory_->keep(key, reply);
    if (evals::GradeCache* const kept = disk(); kept != nullptr) kept->keep(key, reply);
  }

 private:
  evals::GradeCache* disk() { return local_ == nullptr ? nullptr : local_->grades(); }
  LocalMaester* local_;
  std::unique_ptr<evals::GradeCache> memory_ = evals::memory_grade_cache();
};

}  // namespace

EvalAsked::EvalAsked(const CliEnvironment& environment, const EvalAsking& asking)
    : asking_(asking) {
  const std::string url = environment.variable("MAESTER_URL").value_or("");
  LocalMaester* local = nullptr;
  if (url.empty()) {
    auto made = local_maester({asking.config_file, asking.data_dir});
    local = made.get();
    port_ = std::move(made);
  } else {
    port_ = server_port(environment, url);
  }
  if (!asking.no_cache) cache_ = std::make_unique<RunGrades>(local);
  graders_ = std::make_unique<evals::Graders>(
      *port_, evals::GraderDefaults{asking.grader, asking.embedder}, cache_.get());
}

EvalAsked::~EvalAsked() = default;

Result<std::unique_ptr<evals::EvalProvider>> EvalAsked::provider(
    const evals::SuiteProvider& wanted) {
  if (wanted.id == "echo") return evals::echo_provider();
  if (evals::is_http_provider(wanted.id)) return over_http(wanted);
  const std::string model = evals::model_of(wanted.id);
  if (model.empty()) {
    return fail(Code::invalid_request,
                "the provider `" + wanted.id +
                    "` is not supported: there are `echo`, `http` (or a URL) and `maester:MODEL` "
                    "(`openai:MODEL` too), a model or route of Maester");
  }
  TRY(port_->ready());
  return evals::model_provider(*port_, model, asking_.no_cache, wanted.timeout);
}

Result<std::unique_ptr<evals::EvalProvider>> EvalAsked::over_http(
    const evals::SuiteProvider& wanted) {
  if (http_ == nullptr) {
    std::vector<std::string> allow = asking_.egress;
    if (!asking_.config_file.empty()) {
      TRY_ASSIGN(const auto more, egress_of({asking_.config_file, asking_.data_dir}));
      allow.insert(allow.end(), more.begin(), more.end());
    }
    http_ = http_port(std::move(allow));
  }
  return evals::http_provider(*http_, wanted);
}

}  // namespace maester::app
