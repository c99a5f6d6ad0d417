#include "app/eval_local.h"

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <optional>

#include "app/eval_grades.h"
#include "app/runtime_parts.h"
#include "app/upkeep.h"
#include "evals/loopback_port.h"

namespace maester::app {
namespace {

constexpr std::chrono::seconds kPatience{10};

// Made now, removed with all that is in it.
class TemporaryDirectory {
 public:
  static Result<std::unique_ptr<TemporaryDirectory>> make() {
    std::error_code error;
    std::string path =
        (std::filesystem::temp_directory_path(error) / "maester-eval-XXXXXX").string();
    if (error || ::mkdtemp(path.data()) == nullptr)
      return fail(Code::io_error, "no temporary directory can be made: give --data DIR");
    return std::unique_ptr<TemporaryDirectory>(new TemporaryDirectory(std::move(path)));
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

Result<LoadedConfig> load(const LocalOptions& given, ServeOptions& options) {
  options.dev = given.config_file.empty();
  options.source.dev = options.dev;
  options.source.file = given.config_file;
  options.source.data_dir = given.data_dir;
  auto text = options.source.read();
  if (!text) return fail(Code::invalid_request, to_string(text.error()));
  auto loaded = options.source.parse(*text);
  if (!loaded) return fail(Code::invalid_request, to_string(loaded.error()));
  options.config_text = std::move(*text);
  return std::move(*loaded);
}

class Local final : public LocalMaester {
 public:
  explicit Local(LocalOptions options) : options_(std::move(options)) {}
  ~Local() override {
    port_ = nullptr;
    grades_ = nullptr;
    if (!started_) return;
    parts_->loopback->end(Deadline::after(parts_->clock, kPatience));
    (void)stop_parts(*parts_);
  }
  Local(const Local&) = delete;
  Local& operator=(const Local&) = delete;

  Status ready() override {
    const std::lock_guard lock(mutex_);
    if (!outcome_) outcome_ = start();
    return *outcome_;
  }
  Result<evals::ModelReply> send(const evals::ModelAsk& ask) override {
    TRY(ready());
    return port_->send(ask);
  }
  Result<evals::Value> prompt(const std::string& name) override {
    TRY(ready());
    return port_->prompt(name);
  }
  evals::GradeCache* grades() override { return grades_.get(); }

 private:
  Status start() {
    ServeOptions options;
    TRY_ASSIGN(LoadedConfig loaded, load(options_, options));
    if (options_.data_dir.empty()) {
      TRY_ASSIGN(temporary_, TemporaryDirectory::make());
      loaded.config.data_dir = options.source.data_dir = temporary_->path();
    }
    loaded.config.log_level = "error";
    parts_ = std::make_unique<Parts>();
    TRY(make_parts(*parts_, loaded.config, options));
    parts_->log->set_level(obs::Level::error);
    start_parts(*parts_);
    started_ = true;
    port_ = evals::loopback_port(*parts_->loopback, *parts_->prompts, {});
    if (temporary_ == nullptr) {
      TRY_ASSIGN(grades_,
                 open_grades(parts_->data->file("grades.db"), *parts_->vault, parts_->clock));
    }
    return {};
  }

  LocalOptions options_;
  std::mutex mutex_;
  std::optional<Status> outcome_;
  bool started_ = false;
  std::unique_ptr<TemporaryDirectory> temporary_;  // outlives what is in it
  std::unique_ptr<Parts> parts_;
  std::unique_ptr<evals::GradeCache> grades_;
  std::unique_ptr<evals::ModelPort> port_;
};

}  // namespace

Result<std::vector<std::string>> egress_of(const LocalOptions& options) {
  ServeOptions ignored;
  TRY_ASSIGN(const LoadedConfig loaded, load(options, ignored));
  return loaded.config.egress_allow;
}

std::unique_ptr<LocalMaester> local_maester(LocalOptions options) {
  return std::make_unique<Local>(std::move(options));
}

}  // namespace maester::app
