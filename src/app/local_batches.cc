// Batches in the command's own process: all of a server but its listener, on a data directory.
#include <csignal>
#include <filesystem>
#include <fstream>

#include "app/batch_port.h"
#include "app/process_guard.h"
#include "app/runtime_parts.h"
#include "app/upkeep.h"
#include "base/utf8.h"

namespace maester::app {
namespace {

constexpr std::string_view kTenant = "default";
constexpr std::chrono::seconds kLastWord{10};  // for what is under way when the user ends it

class OwnBatches final : public BatchPort {
 public:
  ~OwnBatches() override {
    if (!started_) return;
    parts_.loopback->end(Deadline::after(parts_.clock, kLastWord));
    parts_.batches.workers->stop();
    (void)stop_parts(parts_);
  }

  Status start(const gateway::Config& config, const ServeOptions& options,
               std::size_t concurrency) {
    signals_ = take_signals();
    guard_memory();
    TRY(make_parts(parts_, config, options));
    if (concurrency > 0) parts_.batches.concurrency = concurrency;
    start_parts(parts_);
    parts_.batches.workers->start();
    started_ = true;
    return {};
  }

  std::string where() const override {
    return std::filesystem::absolute(parts_.data->path()).string();
  }

  Result<std::string> upload(const std::string& path) override {
    std::ifstream in(path, std::ios::binary);
    if (!in) return fail(Code::io_error, "cannot read " + path);
    batches::FileStore& files = *parts_.batches.files;
    TRY_ASSIGN(const auto body, files.begin(kTenant));
    std::string piece(batches::kChunk, '\0');
    while (in.read(piece.data(), static_cast<std::streamsize>(piece.size())) || in.gcount() > 0)
      TRY(body->write(std::string_view(piece).substr(0, static_cast<std::size_t>(in.gcount()))));
    TRY(body->finish());
    TRY_ASSIGN(const auto file,
               files.add(kTenant, *body, {.purpose = "batch", .name = "requests.jsonl"}));
    return file.id;
  }

  Result<std::string> create(const std::string& file, const std::string& endpoint) override {
    TRY_ASSIGN(
        const auto batch,
        parts_.batches.batches->create(
            kTenant, {.input_file = file, .endpoint = endpoint, .metadata = {}, .key_id = {}}));
    return batch.id;
  }

  Result<BatchLook> look(const std::string& id) override {
    TRY_ASSIGN(const batches::Batch batch, parts_.batches.batches->find(kTenant, id));
    BatchLook out{.status = std::string(batches::to_string(batch.status)),
                  .output_file = batch.output_file,
                  .error_file = batch.error_file,
                  .total = batch.total,
                  .completed = batch.completed,
                  .failed = batch.failed,
                  .problems = {}};
    for (const batches::InputError& one : batch.errors) {
      out.problems.push_back((one.line > 0 ? "line " + std::to_string(one.line) + ": " : "") +
                             one.message);
    }
    return out;
  }

  Status download(const std::string& id, const std::string& path) override {
    TRY_ASSIGN(const auto file, parts_.batches.files->find(kTenant, id));
    TRY_ASSIGN(const auto body, parts_.batches.files->read(kTenant, file));
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    for (;;) {
      TRY_ASSIGN(const std::string piece, body->next());
      if (piece.empty()) break;
      out << piece;
    }
    out.flush();
    if (!out) return fail(Code::io_error, "cannot write " + path);
    return {};
  }

  bool pause(milliseconds time) override {
    const timespec wait{time.count() / 1'000, time.count() % 1'000 * 1'000'000};
    const int got = sigtimedwait(&signals_, nullptr, &wait);
    parts_.ledger->expire();
    keep_batches(parts_);
    return got != SIGINT && got != SIGTERM;
  }

 private:
  sigset_t signals_{};
  Parts parts_;
  bool started_ = false;
};

}  // namespace

Result<std::unique_ptr<BatchPort>> local_batches(const LocalBatches& wanted) {
  ServeOptions options;
  options.dev = wanted.dev;
  options.source.dev = wanted.dev;
  options.source.file = wanted.config_file;
  options.source.data_dir = wanted.data_dir;
  if (options.source.file.empty() && !wanted.dev) options.source.file = "maester.toml";
  auto text = options.source.read();
  if (!text) {
    return fail(Code::invalid_request,
                to_string(text.error()) +
                    "\nA batch runs here with a configuration (--config), with the simulated "
                    "models (--dev), or on a server (MAESTER_URL).");
  }
  auto loaded = options.source.parse(*text);
  if (!loaded) return fail(Code::invalid_request, to_string(loaded.error()));
  options.config_text = std::move(*text);
  loaded->config.log_level = "error";
  if (loaded->config.batches.at_once == 0) loaded->config.batches.at_once = 1;
  std::error_code error;
  std::filesystem::create_directories(loaded->config.data_dir, error);
  auto made = std::make_unique<OwnBatches>();
  TRY(made->start(loaded->config, options, wanted.concurrency));
  return made;
}

}  // namespace maester::app
