// The reading of request bodies.
#include <algorithm>

#include "wire/connection.h"

namespace maester::wire {

using runtime::Task;
using runtime::Wait;

namespace {

constexpr std::size_t kFirstReserve =
    64 * 1024;  // memory follows the bytes that came, not those announced
constexpr std::size_t kPiece = 256 * 1024;  // of read_some()
constexpr std::chrono::seconds kRateGrace{5};

}  // namespace

Status Connection::body_failed(Error error) {
  close_after_ = true;
  switch (error.code) {
    case Code::deadline_exceeded:
      body_failure_ = 408;
      break;
    case Code::too_large:
      body_failure_ = 413;
      break;
    case Code::invalid_request:
      body_failure_ = 400;
      break;
    default:
      break;
  }
  return fail(std::move(error));
}

// Before the first byte of it is read.
Task<Status> Connection::begin_body(std::size_t limit) {
  const RequestHead& head = exchange_->head;
  if (head.framing == Framing::length && head.content_length > limit) {
    CO_TRY(body_failed(make_error(Code::too_large, "The request's body is larger than " +
                                                       std::to_string(limit) + " bytes.")));
  }
  if (head.expect_continue && in_.empty()) {
    auto inviting = send_continue();
    CO_TRY(co_await inviting);
  }
  body_started_ = server_.core().now();
  co_return Status{};
}

Task<Result<std::string>> Connection::read_body(std::size_t limit) {
  const RequestHead& head = exchange_->head;
  std::string body;
  if (body_read_) co_return body;
  auto beginning = begin_body(limit);
  CO_TRY(co_await beginning);
  Status status;
  if (head.framing == Framing::length) {
    auto reading = read_sized_body(body);
    status = co_await reading;
  } else {
    auto reading = read_chunked_body(body, limit);
    status = co_await reading;
  }
  if (!status) CO_TRY(body_failed(std::move(status).error()));
  body_read_ = true;
  co_return body;
}

Task<Result<std::string>> Connection::read_some(std::size_t limit) {
  std::string piece;
  if (body_read_) co_return piece;
  if (!body_begun_) {
    body_begun_ = true;
    auto beginning = begin_body(limit);
    CO_TRY(co_await beginning);
  }
  Status status;
  if (exchange_->head.framing == Framing::length) {
    auto reading = read_sized_piece(piece);
    status = co_await reading;
  } else {
    auto reading = read_chunked_piece(piece, limit);
    status = co_await reading;
  }
  if (!status) CO_TRY(body_failed(std::move(status).error()));
  co_return piece;
}

Task<Status> Connection::send_continue() {
  auto sending = send("HTTP/1.1 100 Continue\r\n\r\n", {}, {});
  co_return co_await sending;
}

Task<Status> Connection::read_sized_body(std::string& body) {
  const auto length = static_cast<std::size_t>(exchange_->head.content_length);
  const std::size_t there = std::min(length, in_.size());
  body.reserve(std::min(length, std::max(there, kFirstReserve)));
  body.append(in_.view().substr(0, there));
  in_.consume(there);
  while (body.size() < length) {
    const std::size_t before = body.size();
    // Received straight into the body, its memory doubling at most.
    const std::size_t room = std::min(length, std::max(body.capacity(), before * 2));
    if (room > body.capacity()) body.reserve(room);
    body.resize(std::min(room, before + kFirstReserve));
    std::size_t received = 0;
    auto receiving = receive_body_bytes(std::span(body).subspan(before), received);
    const Status status = co_await receiving;
    body.resize(before + received);
    CO_TRY(status);
  }
  co_return Status{};
}

Task<Status> Connection::read_sized_piece(std::string& piece) {
  const std::uint64_t left = exchange_->head.content_length - body_given_;
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left, kPiece));
  const std::size_t there = std::min(wanted, in_.size());
  piece.append(in_.view().substr(0, there));
  in_.consume(there);
  while (piece.size() < wanted) {
    const std::size_t before = piece.size();
    piece.resize(wanted);
    std::size_t received = 0;
    auto receiving = receive_body_bytes(std::span(piece).subspan(before), received);
    const Status status = co_await receiving;
    piece.resize(before + received);
    CO_TRY(status);
  }
  body_given_ += piece.size();
  body_read_ = wanted == left;
  co_return Status{};
}

Task<Status> Connection::read_chunked_piece(std::string& piece, std::size_t limit) {
  for (;;) {
    if (!in_.empty()) {
      const ChunkDecoder::Step step = chunks_.decode(in_.bytes());
      piece.append(in_.view().substr(0, step.produced));
      body_given_ += step.produced;
      in_.consume(step.consumed);
      if (chunks_.failed())
        co_return fail(Code::invalid_request, "The request's chunked body is malformed.");
      if (body_given_ > limit) {
        co_return fail(Code::too_large,
                       "The request's body is larger than " + std::to_string(limit) + " bytes.");
      }
      body_read_ = chunks_.done();
      if (body_read_ || piece.size() >= kPiece) co_return Status{};
    }
    std::size_t received = 0;
    auto receiving = receive_body_bytes(in_.space(), received);
    CO_TRY(co_await receiving);
    in_.commit(received);
  }
}

Task<Status> Connection::read_chunked_body(std::string& body, std::size_t limit) {
  for (;;) {
    if (!in_.empty()) {
      const ChunkDecoder::Step step = chunks_.decode(in_.bytes());
      body.append(in_.view().substr(0, step.produced));
      in_.consume(step.consumed);
      if (chunks_.failed()) {
        co_return fail(Code::invalid_request, "The request's chunked body is malformed.");
      }
      if (body.size() > limit) {
        co_return fail(Code::too_large,
                       "The request's body is larger than " + std::to_string(limit) + " bytes.");
      }
      if (chunks_.done()) co_return Status{};
    }
    std::size_t received = 0;
    auto receiving = receive_body_bytes(in_.space(), received);
    CO_TRY(co_await receiving);
    in_.commit(received);
  }
}

// At least one byte, under the idle and rate limits.
Task<Status> Connection::receive_body_bytes(std::span<char> into, std::size_t& received) {
  const ServerLimits& limits = server_.limits();
  const Wait wait = within(limits.body_idle, gone_.token());
  for (;;) {
    const Io io = socket_.recv(into);
    if (io.moved()) {
      received = io.bytes;
      body_received_ += io.bytes;
      break;
    }
    if (!io.blocked()) co_return fail(Code::cancelled, "The client left.");
    SocketWait pause(socket_, io.wants, wait);
    const runtime::Wake wake = co_await pause;
    CO_TRY(runtime::wake_status(wake, "body"));
  }
  const nanoseconds taken = server_.core().now() - body_started_;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(taken);
  if (seconds > kRateGrace &&
      body_received_ < limits.body_min_rate * static_cast<std::uint64_t>(seconds.count())) {
    co_return fail(Code::deadline_exceeded, "The request's body comes too slowly.", "body");
  }
  co_return Status{};
}

}  // namespace maester::wire
