#include "wire/client.h"

#include <vector>

#include "runtime/worker_pool.h"
#include "wire/client_connection.h"
#include "wire/client_response.h"
#include "wire/dialer.h"

namespace maester::wire {

using runtime::Task;
using runtime::Wait;

namespace {

constexpr std::size_t kResolverThreads = 4;
constexpr std::size_t kResolverQueue = 256;

}  // namespace

struct HttpTransport::Impl {
  struct PerCore {
    PerCore(runtime::Core& c, Impl& all)
        : core(c),
          resolver(c, all.names, all.config.resolve, all.config.dns_ttl),
          dialer(c, resolver, all.rules, all.tls ? all.tls->get() : nullptr),
          pool(c, all.config.max_idle_per_origin, all.config.idle_close) {}
    runtime::Core& core;
    Resolver resolver;
    Dialer dialer;
    ClientPool pool;
  };

  Impl(runtime::CorePool& cores, HttpTransportConfig c)
      : config(std::move(c)),
        rules(config.egress_allow),
        tls(make_client_context(config.tls)),
        names("dns", kResolverThreads, kResolverQueue) {
    for (std::size_t i = 0; i < cores.size(); ++i) {
      parts.push_back(std::make_unique<PerCore>(cores.at(i), *this));
    }
  }
  ~Impl();

  static Task<void> destroy(std::unique_ptr<PerCore>* part) {
    part->reset();
    co_return;
  }

  HttpTransportConfig config;
  EgressRules rules;
  Result<TlsContext> tls;
  std::vector<std::unique_ptr<PerCore>> parts;
  runtime::WorkerPool names;  // last: its threads end before what they use
};

HttpTransport::Impl::~Impl() {
  for (std::unique_ptr<PerCore>& part : parts) {
    runtime::Core& core = part->core;
    if (core.running() && runtime::Core::current() != &core) {
      run_blocking(core, destroy(&part));
    } else {
      part.reset();
    }
  }
}

HttpTransport::HttpTransport(runtime::CorePool& cores, HttpTransportConfig config)
    : impl_(std::make_unique<Impl>(cores, std::move(config))) {}

HttpTransport::~HttpTransport() = default;

Status HttpTransport::check() const {
  if (!impl_->tls) return fail(impl_->tls.error());
  return {};
}

Task<Result<std::unique_ptr<ClientResponse>>> HttpTransport::send(const Origin& origin,
                                                                  ClientRequest request,
                                                                  ClientTimeouts timeouts,
                                                                  Wait wait) {
  Impl::PerCore& local = *impl_->parts[runtime::Core::current()->index()];
  std::unique_ptr<ClientConnection> connection = local.pool.take(origin);
  if (connection == nullptr) {
    const Deadline connect = Deadline::after(local.core.clock(), timeouts.connect);
    auto dialing =
        local.dialer.dial(origin, {.deadline = connect.sooner(wait.deadline), .stop = wait.stop});
    Result<std::unique_ptr<Socket>> socket = co_await dialing;
    if (!socket) {
      Error error = std::move(socket).error();
      if (error.code == Code::deadline_exceeded && wait.deadline < connect) error.param = "total";
      co_return fail(std::move(error));
    }
    connection = std::make_unique<ClientConnection>(std::move(*socket), origin);
  }
  std::unique_ptr<ResponseHead> head = local.pool.take_head();
  auto exchanging = connection->exchange(request, timeouts, wait, impl_->config.max_head, *head);
  Status status = co_await exchanging;
  if (!status) {
    local.pool.put_head(std::move(head));
    co_return fail(std::move(status).error());
  }
  co_return std::make_unique<HttpResponse>(local.pool, std::move(connection), std::move(head),
                                           timeouts.idle, wait);
}

}  // namespace maester::wire
