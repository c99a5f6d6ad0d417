#include "app/eval_http.h"

#include <utility>

#include "base/clock.h"
#include "base/random.h"
#include "runtime/core.h"
#include "wire/client.h"
#include "wire/url.h"

namespace maester::app {
namespace {

constexpr std::size_t kMaxAnswer = 32u << 20;
constexpr std::chrono::minutes kPatience{2};

struct Exchange {
  wire::Origin origin;
  wire::ClientRequest request;
  milliseconds patience{0};
  Result<evals::HttpReply> reply = evals::HttpReply{};
};

runtime::Task<Result<evals::HttpReply>> exchange(wire::Transport& transport, Exchange& one,
                                                 runtime::Wait wait) {
  auto sending = transport.send(one.origin, std::move(one.request), {}, wait);
  CO_TRY_ASSIGN(std::unique_ptr<wire::ClientResponse> response, co_await std::move(sending));
  auto reading = response->read_all(kMaxAnswer);
  CO_TRY_ASSIGN(std::string body, co_await std::move(reading));
  co_return evals::HttpReply{response->status(), std::move(body)};
}

runtime::Task<void> run(wire::Transport& transport, const Clock& clock, Exchange& one) {
  auto running = exchange(transport, one, runtime::Wait{Deadline::after(clock, one.patience), {}});
  one.reply = co_await std::move(running);
}

// What a request line may have: no blank, no control, nothing beyond ASCII, no fragment.
bool fine_query(std::string_view query) {
  for (const char c : query) {
    if (c <= ' ' || c > '~' || c == '#') return false;
  }
  return true;
}

bool fine_header(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
  }
  return true;
}

class Port final : public evals::HttpPort {
 public:
  explicit Port(std::vector<std::string> allow)
      : cores_(1, clock_, random_), transport_(cores_, config(std::move(allow))) {
    cores_.start();
  }
  ~Port() override { cores_.stop(); }

  Result<evals::HttpReply> fetch(evals::HttpAsk ask) override {
    const std::size_t question = std::min(ask.url.find('?'), ask.url.size());
    const std::string query = ask.url.substr(question);
    TRY_ASSIGN(const wire::Url url, wire::parse_url(ask.url.substr(0, question)));
    if (!fine_query(query))
      return fail(Code::invalid_request, "the URL's query must be percent-encoded");
    Exchange one;
    one.origin = url.origin;
    one.request.method = std::move(ask.method);
    one.request.path = url.path + query;
    for (auto& [name, value] : ask.headers) {
      if (!fine_header(name) || !fine_header(value))
        return fail(Code::invalid_request, "the header `" + name + "` has a control character");
      one.request.headers.add(std::move(name), std::move(value));
    }
    if (!ask.body.empty() && !one.request.headers.has("content-type"))
      one.request.headers.add("content-type", "application/json");
    one.request.body = std::move(ask.body);
    one.patience = ask.timeout.count() > 0 ? ask.timeout : milliseconds(kPatience);
    runtime::run_blocking(cores_.at(0), run(transport_, clock_, one));
    if (one.reply) return std::move(one.reply);
    return fail(one.reply.error().code, "no answer: " + one.reply.error().message);
  }

 private:
  static wire::HttpTransportConfig config(std::vector<std::string> allow) {
    wire::HttpTransportConfig out;
    out.egress_allow = std::move(allow);
    return out;
  }

  SystemClock clock_;
  SystemRandom random_;
  runtime::CorePool cores_;
  wire::HttpTransport transport_;
};

}  // namespace

std::unique_ptr<evals::HttpPort> http_port(std::vector<std::string> allow) {
  return std::make_unique<Port>(std::move(allow));
}

}  // namespace maester::app
