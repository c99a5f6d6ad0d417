// Batches of the server at MAESTER_URL, over its files and batches.
#include <fstream>
#include <iterator>
#include <thread>

#include "app/batch_port.h"
#include "base/hash.h"
#include "codec/json_writer.h"

namespace maester::app {
namespace {

class ServerBatches final : public BatchPort {
 public:
  ServerBatches(CliSession& session, std::string url) : session_(session), url_(std::move(url)) {}
  std::string where() const override { return url_; }

  Result<std::string> upload(const std::string& path) override {
    std::ifstream in(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    const std::string boundary = "maester-" + sha256_hex(bytes).substr(0, 32);
    std::string body = "--" + boundary +
                       "\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--" +
                       boundary +
                       "\r\nContent-Disposition: form-data; name=\"file\"; "
                       "filename=\"requests.jsonl\"\r\n\r\n";
    body += bytes;
    body += "\r\n--" + boundary + "--\r\n";
    return id_of(session_.request("POST", "/v1/files", std::move(body),
                                  "multipart/form-data; boundary=" + boundary));
  }

  Result<std::string> create(const std::string& file, const std::string& endpoint) override {
    std::string body;
    json::Writer(body)
        .begin_object()
        .field("input_file_id", file)
        .field("endpoint", endpoint)
        .field("completion_window", "24h")
        .end_object();
    return id_of(session_.request("POST", "/v1/batches", body));
  }

  Result<BatchLook> look(const std::string& batch) override {
    TRY_ASSIGN(const std::string text, session_.request("GET", "/v1/batches/" + batch));
    TRY_ASSIGN(const json::Document document, json::Document::parse(text));
    const json::Value root = document.root(), counts = root.get("request_counts");
    BatchLook out{.status = std::string(root.get("status").string_or("")),
                  .output_file = std::string(root.get("output_file_id").string_or("")),
                  .error_file = std::string(root.get("error_file_id").string_or("")),
                  .total = counts.get("total").int_or(0),
                  .completed = counts.get("completed").int_or(0),
                  .failed = counts.get("failed").int_or(0),
                  .problems = {}};
    for (const json::Value one : root.get("errors").get("data")) {
      const std::int64_t line = one.get("line").int_or(0);
      out.problems.push_back((line > 0 ? "line " + std::to_string(line) + ": " : "") +
                             std::string(one.get("message").string_or("")));
    }
    return out;
  }

  Status download(const std::string& file, const std::string& path) override {
    return session_.download("/v1/files/" + file + "/content", path);
  }

  bool pause(milliseconds time) override {
    std::this_thread::sleep_for(time);
    return true;  // Ctrl-C ends the command; the batch goes on
  }

 private:
  static Result<std::string> id_of(const Result<std::string>& answer) {
    if (!answer) return fail(answer.error());
    TRY_ASSIGN(const json::Document document, json::Document::parse(*answer));
    return std::string(document.root().get("id").string_or(""));
  }
  CliSession& session_;
  const std::string url_;
};

}  // namespace

std::unique_ptr<BatchPort> server_batches(CliSession& session, const std::string& url) {
  return std::make_unique<ServerBatches>(session, url);
}

}  // namespace maester::app
