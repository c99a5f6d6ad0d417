#include "app/client.h"

#include <fstream>
#include <utility>

#include "base/clock.h"
#include "base/random.h"
#include "runtime/core.h"
#include "wire/client.h"
#include "wire/url.h"

namespace maester::app {
namespace {

constexpr std::size_t kMaxAnswer = 64u << 20;
constexpr std::chrono::minutes kPatience{10};

struct Call {
  wire::Origin origin;
  wire::ClientRequest request;
  std::ofstream* into = nullptr;  // of a download
  Result<ApiReply> reply = ApiReply{};
};

runtime::Task<Result<ApiReply>> exchange(wire::Transport& transport, Call& call,
                                         runtime::Wait wait) {
  wire::ClientTimeouts timeouts;
  timeouts.first_byte = kPatience;
  timeouts.idle = kPatience;
  auto sending = transport.send(call.origin, std::move(call.request), timeouts, wait);
  CO_TRY_ASSIGN(std::unique_ptr<wire::ClientResponse> response, co_await std::move(sending));
  const bool good = response->status() >= 200 && response->status() <= 299;
  if (call.into != nullptr && good) {
    for (;;) {
      auto reading = response->read();
      CO_TRY_ASSIGN(const std::string_view bytes, co_await std::move(reading));
      if (bytes.empty()) co_return ApiReply{response->status(), {}};
      *call.into << bytes;  // this core serves nobody else
    }
  }
  auto reading = response->read_all(kMaxAnswer);
  CO_TRY_ASSIGN(std::string body, co_await std::move(reading));
  co_return ApiReply{response->status(), std::move(body)};
}

Status written(std::ofstream& out, const std::string& file) {
  out.flush();
  if (out) return {};
  return fail(Code::io_error, "cannot write " + file);
}

runtime::Task<void> run_call(wire::Transport& transport, const Clock& clock, Call& call) {
  auto exchanging = exchange(transport, call, runtime::Wait{Deadline::after(clock, kPatience), {}});
  call.reply = co_await std::move(exchanging);
}

class HttpApi final : public Api {
 public:
  HttpApi(wire::Url base, std::string key)
      : base_(std::move(base)),
        key_(std::move(key)),
        cores_(1, clock_, random_),
        transport_(cores_, transport_config(base_)) {
    cores_.start();
  }
  ~HttpApi() override { cores_.stop(); }

  Result<ApiReply> call(std::string_view method, const std::string& path, std::string body,
                        std::string_view content_type) override {
    Call call = call_for(method, path);
    if (!body.empty()) call.request.headers.add("content-type", std::string(content_type));
    call.request.body = std::move(body);
    runtime::run_blocking(cores_.at(0), run_call(transport_, clock_, call));
    return std::move(call.reply);
  }

  Result<ApiReply> download(const std::string& path, const std::string& file) override {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    Call call = call_for("GET", path);
    call.into = &out;
    runtime::run_blocking(cores_.at(0), run_call(transport_, clock_, call));
    if (call.reply) TRY(written(out, file));
    return std::move(call.reply);
  }

 private:
  Call call_for(std::string_view method, const std::string& path) const {
    Call call;
    call.origin = base_.origin;
    call.request.method = method;
    call.request.path = (base_.path == "/" ? "" : base_.path) + path;
    call.request.headers.add("accept", "*/*");
    if (!key_.empty()) call.request.headers.add("authorization", "Bearer " + key_);
    return call;
  }
  static wire::HttpTransportConfig transport_config(const wire::Url& base) {
    wire::HttpTransportConfig config;
    const std::string& host = base.origin.host;
    const bool v6 = host.find(':') != std::string::npos;
    config.egress_allow.push_back((v6 ? "[" + host + "]" : host) + ":" +
                                  std::to_string(base.origin.port));
    return config;
  }

  wire::Url base_;
  std::string key_;
  SystemClock clock_;
  SystemRandom random_;
  runtime::CorePool cores_;
  wire::HttpTransport transport_;
};

}  // namespace

Result<ApiReply> Api::download(const std::string& path, const std::string& file) {
  TRY_ASSIGN(ApiReply reply, call("GET", path, "", ""));
  if (reply.status < 200 || reply.status > 299) return reply;
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << reply.body;
  TRY(written(out, file));
  reply.body.clear();
  return reply;
}

Result<std::unique_ptr<Api>> connect_api(const std::string& url, const std::string& key) {
  auto base = wire::parse_url(url);
  if (!base) {
    return fail(Code::invalid_request, "MAESTER_URL: " + base.error().message, "MAESTER_URL");
  }
  return std::make_unique<HttpApi>(std::move(*base), key);
}

}  // namespace maester::app
