#include "wire/connection.h"

#include "wire/tls.h"

namespace maester::wire {

using runtime::Task;
using runtime::Wait;
using runtime::Wake;

namespace {

constexpr std::uint32_t kTurnsInARow = 16;  // pipelined requests before others get a turn
constexpr milliseconds kFreshGrace{500};    // a new connection's first request, when draining
constexpr milliseconds kLinger{1'000};
constexpr std::size_t kLingerBytes = 1024 * 1024;

}  // namespace

Connection::Connection(ServerCore& server, int fd, std::string peer,
                       std::atomic<std::uint64_t>& counter)
    : server_(server),
      counter_(counter),
      socket_(server.core(), fd),
      peer_(std::move(peer)),
      gone_(server.cut_token()) {
  counter_.fetch_add(1, std::memory_order_relaxed);
  socket_.observe(this);
}

Connection::~Connection() {
  if (exchange_ != nullptr) server_.give_back(std::move(exchange_));
  counter_.fetch_sub(1, std::memory_order_relaxed);
}

Wait Connection::within(milliseconds time, runtime::StopToken stop) {
  return {.deadline = Deadline::after(server_.core().clock(), time), .stop = stop};
}

Task<void> Connection::serve() {
  if (server_.shared().tls != nullptr) {
    auto shake = accept_tls(socket_, *server_.shared().tls,
                            within(server_.limits().tls_handshake, server_.cut_token()));
    if (!co_await shake) co_return;
  }
  for (;;) {
    auto reading = read_head();
    const Next next = co_await reading;
    if (next == Next::close) break;
    if (next == Next::refuse) {
      const HeadError error = exchange_->parser.error();
      auto refusing = send_refusal(error.status, error.code, error.message);
      co_await refusing;
      break;
    }
    ++served_;
    server_.shared().requests.fetch_add(1, std::memory_order_relaxed);
    {
      auto handling = server_.shared().handler(*this, *this);
      co_await handling;
    }
    auto finishing = finish_exchange();
    if (!co_await finishing) break;
  }
}

// True when bytes of a request are there; false to close.
Task<Result<bool>> Connection::wait_for_request() {
  in_.release_if_empty();
  Wait wait = within(server_.limits().keep_alive_idle, server_.drain_token());
  bool last = false;
  for (;;) {
    if (socket_.has_input()) {
      const Io io = socket_.recv(in_.space());
      if (io.moved()) {
        in_.commit(io.bytes);
        co_return true;
      }
      in_.release_if_empty();
      if (!io.blocked()) co_return false;
    }
    SocketWait pause(socket_, Direction::read, wait);
    const Wake wake = co_await pause;
    if (wake == Wake::signalled) continue;
    if (wake != Wake::stopped || last) co_return socket_.has_input() && wake == Wake::stopped;
    wait = within(served_ > 0 ? server_.shared().config.drain_grace : kFreshGrace,
                  server_.cut_token());
    last = true;
  }
}

Task<Connection::Next> Connection::read_head() {
  if (in_.empty()) {
    auto waiting = wait_for_request();
    const Result<bool> come = co_await waiting;
    if (!come || !*come) co_return Next::close;
  } else if (served_ % kTurnsInARow == 0) {
    runtime::Suspension turn(server_.core(), {.deadline = Deadline::at(MonoTime{}), .stop = {}});
    co_await turn;
  }
  begin_exchange();
  Wait wait{.deadline = Deadline::at(received_at_ + server_.limits().header_wait),
            .stop = server_.cut_token()};
  RequestParser& parser = exchange_->parser;
  for (;;) {
    if (!in_.empty()) {
      const ParseState state = parser.parse(in_.view(), exchange_->head);
      if (state == ParseState::failed) co_return Next::refuse;
      if (state == ParseState::done) break;
    }
    const Io io = socket_.recv(in_.space());
    if (io.moved()) {
      in_.commit(io.bytes);
      continue;
    }
    if (!io.blocked()) co_return Next::close;
    SocketWait pause(socket_, io.wants, wait);
    const Wake wake = co_await pause;
    if (wake == Wake::stopped) co_return Next::close;
    if (wake == Wake::deadline) {
      if (in_.empty()) co_return Next::close;
      auto refusing = send_refusal(408, "deadline_exceeded", "The request's head took too long.");
      co_await refusing;
      co_return Next::close;
    }
  }
  in_.consume(parser.consumed());
  body_read_ = exchange_->head.framing == Framing::none ||
               (exchange_->head.framing == Framing::length && exchange_->head.content_length == 0);
  co_return Next::request;
}

void Connection::begin_exchange() {
  received_at_ = server_.core().now();
  if (exchange_ == nullptr) exchange_ = server_.take_exchange();
  answer_ = Answer::none;
  chunked_ = body_read_ = close_after_ = head_only_ = head_pending_ = false;
  body_failure_ = 0;
  body_received_ = body_given_ = 0;
  body_begun_ = false;
  chunks_.reset();
}

void Connection::end_exchange() {
  exchange_->parser.reset();
  exchange_->head.clear();
  exchange_->out.clear();
  if (in_.empty()) server_.give_back(std::move(exchange_));
}

// After the handler. False when the connection is over.
Task<bool> Connection::finish_exchange() {
  if (answer_ == Answer::none) {
    const int status = body_failure_ != 0 ? body_failure_ : 500;
    const Code code = status == 408   ? Code::deadline_exceeded
                      : status == 413 ? Code::too_large
                      : status == 400 ? Code::invalid_request
                                      : Code::internal;
    if (!gone_.stop_requested() || socket_.has_input()) {
      auto refusing = send_refusal(status, to_string(code),
                                   status == 500 ? "The server failed to answer this request."
                                                 : "The request's body could not be read.");
      co_await refusing;
    }
    co_return false;
  }
  if (answer_ != Answer::finished) co_return false;  // cut: the close tells the client
  if (!will_close()) {
    end_exchange();
    co_return true;
  }
  auto closing = linger();
  co_await closing;
  co_return false;
}

Task<void> Connection::refuse_overload() {
  served_ = 1;
  auto waiting = wait_for_request();
  const Result<bool> come = co_await waiting;
  if (!come || !*come) co_return;
  auto refusing =
      send_refusal(503, "overloaded", "The server has too many connections; try again.");
  co_await refusing;
}

// Closing with unread input resets the connection, which can destroy the answer before the client
// has read it: so say that nothing more comes and read on for a moment.
Task<void> Connection::linger() {
  socket_.shutdown_write();
  in_.clear();
  const Wait wait = within(kLinger, server_.cut_token());
  for (std::size_t total = 0; total < kLingerBytes;) {
    in_.clear();
    const Io io = socket_.recv(in_.space());
    if (io.moved()) {
      total += io.bytes;
      continue;
    }
    if (!io.blocked()) co_return;
    SocketWait pause(socket_, io.wants, wait);
    if (co_await pause != Wake::signalled) co_return;
  }
}

}  // namespace maester::wire
