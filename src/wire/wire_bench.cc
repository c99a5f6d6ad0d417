// What the wire itself costs, for a load driver from outside:
//   wire_bench serve PORT               answers each request with a fixed body, on one core
//   wire_bench proxy PORT UPSTREAM      sends each request on to 127.0.0.1:UPSTREAM and streams the
//   answer back
// On SIGTERM or end of input it prints the CPU time a request.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "wire/client.h"
#include "wire/server.h"

namespace {

using namespace maester;
using namespace maester::wire;
using runtime::Task;

const std::string kBody(600, 'x');

Task<void> serve(ServerRequest& request, ServerResponse& response) {
  auto reading = request.read_body(1 << 20);
  if (!co_await reading) co_return;
  auto responding = response.respond(200, {{"content-type", "application/json"}}, kBody);
  (void)co_await responding;
}

Task<void> proxy(HttpTransport& transport, const Origin& origin, ServerRequest& request,
                 ServerResponse& response) {
  auto reading = request.read_body(1 << 20);
  Result<std::string> body = co_await reading;
  if (!body) co_return;
  ClientRequest out;
  out.path = std::string(request.path());
  out.headers = {{"content-type", "application/json"}, {"accept-encoding", "identity"}};
  out.body = std::move(*body);
  const runtime::Wait wait{
      .deadline = Deadline::after(runtime::Core::current()->clock(), std::chrono::seconds{60}),
      .stop = response.client_gone()};
  auto sending = transport.send(origin, std::move(out), {}, wait);
  Result<std::unique_ptr<ClientResponse>> answer = co_await sending;
  if (!answer) co_return;
  auto whole = (*answer)->read_all(1 << 20);
  const Result<std::string> text = co_await whole;
  if (!text) co_return;
  auto responding =
      response.respond((*answer)->status(), {{"content-type", "application/json"}}, *text);
  (void)co_await responding;
}

double cpu_microseconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  SystemClock clock;
  SystemRandom random;
  runtime::CorePool cores(1, clock, random);
  cores.start();
  {
    HttpTransportConfig egress;
    Origin origin{.tls = false, .host = "127.0.0.1", .port = 0, .credential_id = ""};
    if (argc > 3) {
      egress.egress_allow = {std::string("127.0.0.1:") + argv[3]};
      origin.port = static_cast<std::uint16_t>(std::atoi(argv[3]));
    }
    HttpTransport transport(cores, egress);
    Handler handler = serve;
    if (argc > 3) {
      handler = [&](ServerRequest& request, ServerResponse& response) {
        return proxy(transport, origin, request, response);
      };
    }
    ServerConfig config;
    config.port = static_cast<std::uint16_t>(std::atoi(argv[2]));
    Server server(cores, config, handler);
    if (const Status started = server.start(); !started) {
      std::fprintf(stderr, "%s\n", started.error().message.c_str());
      return 1;
    }
    const double before = cpu_microseconds();
    while (std::getchar() != EOF) {
    }
    const auto requests = server.stats().requests_total;
    std::printf("%llu requests, %.2f us CPU each\n", static_cast<unsigned long long>(requests),
                (cpu_microseconds() - before) / static_cast<double>(requests > 0 ? requests : 1));
  }
  cores.stop();
}
