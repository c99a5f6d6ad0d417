#include "app/cli_eval_port.h"

#include <chrono>
#include <mutex>
#include <vector>

#include "base/clock.h"
#include "codec/json.h"
#include "wire/url.h"

namespace maester::app {
namespace {

class ServerPort final : public evals::ModelPort {
 public:
  ServerPort(const CliEnvironment& environment, std::string url)
      : environment_(environment), url_(std::move(url)) {}

  Result<evals::ModelReply> send(const evals::ModelAsk& ask) override {
    return call("POST", ask.path, ask.body);
  }

  Result<evals::Value> prompt(const std::string& name) override {
    TRY_ASSIGN(const evals::ModelReply reply,
               call("GET", "/v1/prompts/" + wire::encode_segment(name), {}));
    if (reply.status == 404) return evals::Value();
    TRY_ASSIGN(const evals::Value body, evals::parse_json(reply.body));
    if (reply.status != 200) {
      return fail(Code::upstream_error, "the grading prompt " + name + ": status " +
                                            std::to_string(reply.status) + ": " +
                                            body.get("detail").shown());
    }
    const evals::Value& messages = body.get("messages");
    return messages.is_array() ? messages : body.get("template");
  }

 private:
  Result<evals::ModelReply> call(std::string_view method, const std::string& path,
                                 std::string body) {
    const auto begin = SystemClock().mono();
    TRY_ASSIGN(auto connection, take());
    auto reply = connection->call(method, path, std::move(body), "application/json");
    if (!reply)
      return fail(reply.error().code, "no answer from " + url_ + ": " + reply.error().message);
    evals::ModelReply out;
    out.status = reply->status;
    out.body = std::move(reply->body);
    out.latency = std::chrono::duration_cast<milliseconds>(SystemClock().mono() - begin);
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(connection));
    return out;
  }

  Result<std::unique_ptr<Api>> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        auto out = std::move(free_.back());
        free_.pop_back();
        return out;
      }
    }
    return environment_.connect(url_, environment_.variable("MAESTER_API_KEY").value_or(""));
  }

  const CliEnvironment& environment_;
  std::string url_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Api>> free_;
};

}  // namespace

std::unique_ptr<evals::ModelPort> server_port(const CliEnvironment& environment, std::string url) {
  return std::make_unique<ServerPort>(environment, std::move(url));
}

}  // namespace maester::app
