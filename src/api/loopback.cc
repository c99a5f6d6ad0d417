#include "api/loopback.h"

#include <charconv>

#include "api/data_plane.h"
#include "api/router.h"
#include "gateway/pipeline/once.h"

namespace maester::api {

using gateway::LoopbackAsk;
using gateway::LoopbackReply;

struct PipelineLoopback::PerCore {
  explicit PerCore(runtime::Core& core) : group(core) {}
  runtime::TaskGroup group;
  runtime::StopSource stop;
};

// Lives until both sides let go of it; the source is its core's alone.
struct PipelineLoopback::Ticket final : gateway::LoopbackTicket,
                                        std::enable_shared_from_this<Ticket> {
  explicit Ticket(runtime::Core& on) : core(on) {}
  void cancel() override {
    core.post([self = shared_from_this()] {
      self->cancelled = true;
      if (self->stop) self->stop->request_stop();
    });
  }
  runtime::Core& core;
  std::optional<runtime::StopSource> stop;  // while it runs
  bool cancelled = false;                   // before it ran
};

namespace {

LoopbackReply refused(const Error& error, ErrorStyle style) {
  LoopbackReply reply;
  Answer answer = error_answer(error, style, "");
  reply.status = answer.status;
  reply.body = std::move(answer.body);
  return reply;
}

ErrorStyle style_of(std::string_view path) {
  for (const Route& route : routes()) {
    if (route.pattern == path && route.method == "POST") return route.errors;
  }
  return ErrorStyle::openai;
}

}  // namespace

PipelineLoopback::PipelineLoopback(const gateway::Pipeline& pipeline, runtime::CorePool& cores)
    : pipeline_(pipeline) {
  for (std::size_t i = 0; i < cores.size(); ++i)
    cores_.push_back(std::make_unique<PerCore>(cores.at(i)));
}

PipelineLoopback::~PipelineLoopback() = default;

std::shared_ptr<gateway::LoopbackTicket> PipelineLoopback::begin(
    LoopbackAsk ask, std::function<void(LoopbackReply)> then) {
  PerCore& mine = *cores_[next_.fetch_add(1, std::memory_order_relaxed) % cores_.size()];
  auto ticket = std::make_shared<Ticket>(mine.group.core());
  // Of what a function can hold: copyable.
  auto kept =
      std::make_shared<std::unique_ptr<LoopbackAsk>>(std::make_unique<LoopbackAsk>(std::move(ask)));
  mine.group.core().post([this, &mine, ticket, kept, then = std::move(then)]() mutable {
    if (closed_.load() || ticket->cancelled) {
      LoopbackReply reply =
          refused(make_error(Code::overloaded, "The server is stopping."), style_of((*kept)->path));
      reply.stopping = closed_.load();
      return then(std::move(reply));
    }
    mine.group.spawn(run(mine, ticket, std::move(*kept), std::move(then)));
  });
  return ticket;
}

runtime::Task<void> PipelineLoopback::run(PerCore& mine, std::shared_ptr<Ticket> ticket,
                                          std::unique_ptr<LoopbackAsk> ask,
                                          std::function<void(LoopbackReply)> then) const {
  ticket->stop.emplace(mine.stop.token());
  auto answering = answer(*ask, ticket->stop->token());
  LoopbackReply reply = co_await std::move(answering);
  reply.stopping = !reply.ok() && mine.stop.stop_requested();
  ticket->stop.reset();
  then(std::move(reply));
}

runtime::Task<LoopbackReply> PipelineLoopback::answer(LoopbackAsk& ask,
                                                      runtime::StopToken stop) const {
  const ErrorStyle style = style_of(ask.path);
  const DataPlane* plane = find_data_plane(ask.path);
  if (plane == nullptr) {
    co_return refused(
        make_error(Code::not_found, "No route of the data plane: `" + ask.path + "`."), style);
  }
  const gateway::Services& services = pipeline_.services();
  auto principal = services.authenticator.principal_of(ask.tenant, ask.key_id);
  if (!principal) co_return refused(principal.error(), style);
  gateway::Call call;
  call.surface = &plane->surface;
  call.principal = std::move(*principal);
  call.body = std::move(ask.body);
  call.received = services.clock.mono();
  call.received_wall = services.clock.wall();
  call.gone = stop;
  call.endpoint = plane->path;
  call.idempotency_key = ask.idempotency_key;
  call.priority = ask.priority;
  call.purpose = std::move(ask.purpose);
  call.replayed_from = std::move(ask.replayed_from);
  call.takes_kept_answers = call.replayed_from.empty();
  call.batch_price = ask.batch_price;
  if (ask.timeout > milliseconds{0}) call.options.timeout = ask.timeout;
  auto ending = end_call(pipeline_, call, style, plane->budget_refusal);
  EndedCall ended = co_await std::move(ending);
  LoopbackReply reply;
  reply.status = ended.answer.status;
  reply.body = std::move(ended.answer.body);
  reply.repeated = ended.repeated;
  reply.request_id =
      ended.repeated ? std::string(ended.answer.headers.get("x-maester-request-id")) : call.id_text;
  reply.latency = services.clock.mono() - call.received;
  reply.cached = call.cache.state == gateway::CacheUse::State::hit;
  if (!ended.repeated) reply.cost = call.total_cost();
  if (call.retry_after) {
    reply.retry_after = call.retry_after;
  } else if (const std::string_view wait = ended.answer.headers.get("retry-after"); !wait.empty()) {
    int seconds = 0;
    std::from_chars(wait.data(), wait.data() + wait.size(), seconds);
    reply.retry_after = std::chrono::seconds(seconds);
  }
  co_return reply;
}

runtime::Task<void> PipelineLoopback::finish(PerCore& mine, Deadline patience) {
  auto waiting = mine.group.join({patience, {}});
  if (co_await std::move(waiting)) co_return;
  mine.stop.request_stop();
  auto joining = mine.group.join({});  // bounded: all were told to stop
  (void)co_await std::move(joining);
}

void PipelineLoopback::end(Deadline patience) {
  closed_.store(true);
  for (const auto& mine : cores_)
    runtime::run_blocking(mine->group.core(), finish(*mine, patience));
}

}  // namespace maester::api
