// What the commands share: streams, the status to exit with, calls to the server. Private to the
// command line's files.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "app/cli.h"
#include "base/result.h"
#include "codec/json.h"

namespace CLI {
class App;
}

namespace maester::app {

class CliSession {
 public:
  explicit CliSession(const CliEnvironment& environment) : environment_(environment) {}

  std::ostream& out() { return environment_.out; }
  std::ostream& err() { return environment_.err; }
  const CliEnvironment& environment() const { return environment_; }
  int status() const { return status_; }
  void set_status(int status) { status_ = status; }

  // "maester: MESSAGE" on standard error; status 1, or 2 for wrong usage.
  void fail(std::string_view message) { complain(message, 1); }
  void wrong_usage(std::string_view message) { complain(message, 2); }
  // True when fine; else complains.
  bool check(const Status& done) {
    if (!done) fail(done.error().message);
    return done.has_value();
  }

  // The body of a 2xx answer from MAESTER_URL; every other answer is an error whose message has the
  // server's sentence, its code and the request id.
  Result<std::string> request(std::string_view method, const std::string& path,
                              std::string body = {},
                              std::string_view content_type = "application/json");
  // The body of a 2xx answer to a GET into a file, however long it is.
  Status download(const std::string& path, const std::string& file);
  // The HTTP status of the last answer.
  int last_answer_status() const { return last_answer_status_; }
  // Sends, and prints the answer: the body as it is when `format` is json, else what `show` makes
  // of it.
  template <class Show>
  void call(std::string_view format, std::string_view method, const std::string& path,
            std::string body, Show show) {
    const auto answer = request(method, path, std::move(body));
    if (!answer) return fail(answer.error().message);
    if (format == "json") return print_json(*answer);
    const auto doc = json::Document::parse(*answer);
    if (!doc) return fail("the server's answer is not JSON: " + doc.error().message);
    show(doc->root());
  }
  // The same for a list that comes in pages: follows next_cursor to the end. The rows' JSON texts
  // joined in one array.
  Result<std::string> request_all(const std::string& path);
  void print_json(std::string_view json);

 private:
  Status connect(std::string& url);
  void complain(std::string_view message, int status);
  const CliEnvironment& environment_;
  std::unique_ptr<Api> api_;
  int status_ = 0;
  int last_answer_status_ = 0;
};

// Adds `-o json|table`; `format` must outlive the parse.
void add_format(CLI::App& command, std::string& format);

void add_serve_command(CLI::App& root, CliSession& session);
void add_worker_command(CLI::App& root, CliSession& session);
void add_batch_commands(CLI::App& root, CliSession& session);
void add_file_commands(CLI::App& root, CliSession& session);
void add_job_commands(CLI::App& root, CliSession& session);
void add_config_commands(CLI::App& root, CliSession& session);
void add_pricing_commands(CLI::App& root, CliSession& session);
void add_pricing_import_commands(CLI::App& pricing, CliSession& session);
void add_prompt_commands(CLI::App& root, CliSession& session);
void add_request_commands(CLI::App& root, CliSession& session);
void add_access_commands(CLI::App& root, CliSession& session);
void add_rotate_kek_command(CLI::App& keys, CliSession& session);
void add_ingest_command(CLI::App& root, CliSession& session);
void add_knowledge_commands(CLI::App& root, CliSession& session);
void add_review_commands(CLI::App& root, CliSession& session);
void add_dataset_commands(CLI::App& root, CliSession& session);
void add_eval_commands(CLI::App& root, CliSession& session);
void add_mcp_command(CLI::App& root, CliSession& session);
void add_verify_command(CLI::App& root, CliSession& session);
void add_backup_commands(CLI::App& root, CliSession& session);

}  // namespace maester::app
