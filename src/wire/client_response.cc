#include "wire/client_response.h"

#include <algorithm>

namespace maester::wire {

using runtime::Task;
using runtime::Wait;

HttpResponse::HttpResponse(ClientPool& pool, std::unique_ptr<ClientConnection> connection,
                           std::unique_ptr<ResponseHead> head, milliseconds idle, Wait wait)
    : pool_(pool),
      connection_(std::move(connection)),
      head_(std::move(head)),
      wait_(wait),
      idle_(idle),
      left_(head_->framing == Framing::length ? head_->content_length : 0) {
  done_ = head_->framing == Framing::none || (head_->framing == Framing::length && left_ == 0);
}

HttpResponse::~HttpResponse() {
  if (connection_ != nullptr && !done_) take_end();
  if (connection_ != nullptr && done_) end_exchange();
  pool_.put_head(std::move(head_));
}

// A reader that knows its protocol's end marker stops there; the last chunk of the coding is then
// mostly in the buffer or the kernel already, and the connection is worth keeping.
void HttpResponse::take_end() {
  if (head_->framing != Framing::chunked) return;
  ReadBuffer& in = connection_->in();
  in.consume(std::exchange(delivered_, 0));
  if (in.empty()) {
    const Io io = connection_->socket().recv(in.space());
    if (!io.moved()) return;
    in.commit(io.bytes);
  }
  const ChunkDecoder::Step step = chunks_.decode(in.bytes());
  if (step.produced > 0) return;
  in.consume(step.consumed);
  done_ = chunks_.done();
}

void HttpResponse::end_exchange() {
  connection_->in().consume(std::exchange(delivered_, 0));
  // Bytes behind the end belong to nothing that was asked: such a connection is not used again.
  if (head_->keep_alive && connection_->in().empty()) pool_.put(std::move(connection_));
  connection_.reset();
}

std::unexpected<Error> HttpResponse::broken(const char* param, const char* why) {
  connection_.reset();
  return fail(Code::upstream_error,
              param == std::string_view("framing")
                  ? "The provider's answer is not valid HTTP."
                  : "The provider closed the connection before its answer was complete.",
              param, why);
}

// The payload at the front of the buffer, "" when there is none yet.
std::string_view HttpResponse::take_payload() {
  ReadBuffer& in = connection_->in();
  std::size_t payload = 0;
  switch (head_->framing) {
    case Framing::none:
      return {};
    case Framing::length:
      payload = static_cast<std::size_t>(std::min<std::uint64_t>(left_, in.size()));
      left_ -= payload;
      done_ = left_ == 0;
      delivered_ = payload;
      break;
    case Framing::until_close:
      payload = delivered_ = in.size();
      break;
    case Framing::chunked: {
      const ChunkDecoder::Step step = chunks_.decode(in.bytes());
      payload = step.produced;
      delivered_ = step.consumed;
      done_ = chunks_.done();
      if (payload == 0) in.consume(std::exchange(delivered_, 0));
      break;
    }
  }
  return in.view().substr(0, payload);
}

Task<Result<std::string_view>> HttpResponse::read() {
  if (connection_ == nullptr) {
    if (done_) co_return std::string_view();
    co_return fail(Code::upstream_error, "The provider's answer was broken off.", "reset");
  }
  connection_->in().consume(std::exchange(delivered_, 0));
  if (!manual_) waited_ = nanoseconds{0};
  for (;;) {
    if (!done_ && !connection_->in().empty()) {
      const std::string_view payload = take_payload();
      // What stands before a framing error is not given out: nobody can tell where it ends.
      if (chunks_.failed()) co_return broken("framing", "a malformed chunk");
      if (!payload.empty()) co_return payload;
    }
    if (done_) {
      end_exchange();
      co_return std::string_view();
    }
    if (wait_.stop.stop_requested()) {
      connection_.reset();
      co_return fail(Code::cancelled, "The operation was cancelled.");
    }
    auto receiving = receive();
    CO_TRY(co_await receiving);
  }
}

Task<Status> HttpResponse::receive() {
  Socket& socket = connection_->socket();
  const Clock& clock = socket.core().clock();
  for (;;) {
    Io io{.kind = Io::Kind::blocked, .wants = Direction::read, .bytes = 0};
    if (socket.has_input()) io = socket.recv(connection_->in().space());
    if (io.moved()) {
      connection_->in().commit(io.bytes);
      co_return Status{};
    }
    if (io.kind == Io::Kind::end && head_->framing == Framing::until_close) {
      done_ = true;
      co_return Status{};
    }
    if (!io.blocked()) co_return broken("reset", "before the end of the body");

    const MonoTime start = clock.mono();
    const Deadline idle = Deadline::at(start + std::max(idle_ - waited_, nanoseconds{0}));
    const Wait wait{.deadline = idle.sooner(wait_.deadline), .stop = wait_.stop};
    SocketWait pause(socket, io.wants, wait);
    const runtime::Wake wake = co_await pause;
    waited_ += clock.mono() - start;
    Status status = runtime::wake_status(wake, idle < wait_.deadline ? "idle" : "total");
    if (!status) {
      connection_.reset();
      co_return status;
    }
  }
}

Task<Result<std::string>> HttpResponse::read_all(std::size_t limit) {
  std::string body;
  if (head_->framing == Framing::length) {
    body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(left_, 64 * 1024)));
  }
  for (;;) {
    auto reading = read();
    CO_TRY_ASSIGN(const std::string_view piece, co_await reading);
    if (piece.empty()) co_return body;
    if (body.size() + piece.size() > limit) {
      connection_.reset();
      co_return fail(Code::too_large,
                     "The provider's answer is larger than " + std::to_string(limit) + " bytes.");
    }
    body += piece;
  }
}

}  // namespace maester::wire
