#include "wire/client_connection.h"

#include <array>

#include "wire/head_fields.h"
#include "wire/http_chars.h"

namespace maester::wire {

using runtime::Task;
using runtime::Wait;

namespace {

constexpr std::size_t kCopyUpTo = 4 * 1024;

std::unexpected<Error> upstream(const char* param, std::string_view why) {
  return fail(Code::upstream_error,
              param == std::string_view("framing")
                  ? "The provider's answer is not valid HTTP."
                  : "The provider closed the connection before its answer was complete.",
              param, std::string(why));
}

std::unexpected<Error> bad_request(std::string_view what) {
  return fail(Code::internal, "The request to the provider is malformed.", "", std::string(what));
}

bool is_reserved(std::string_view name) {
  const SpecialField field = special_field(name);
  return field != SpecialField::none && field != SpecialField::expect;
}

}  // namespace

void ClientConnection::on_peer_gone() {
  if (resting_in_ != nullptr) resting_in_->drop(*this);
}

void ClientConnection::on_timer() {
  if (resting_in_ != nullptr) resting_in_->drop(*this);
}

Status ClientConnection::put_head(const ClientRequest& request) {
  const auto bad_byte = [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f ||
           c == '#';
  };
  if (!is_token(request.method) || request.path.empty() || request.path.front() != '/' ||
      std::any_of(request.path.begin(), request.path.end(), bad_byte)) {
    return bad_request("method or path");
  }
  std::string& out = out_;
  out.assign(request.method);
  (((out += ' ') += request.path) += " HTTP/1.1\r\nhost: ") += origin_.authority();
  out += "\r\n";
  for (const Header& field : request.headers) {
    if (is_reserved(field.name)) continue;
    if (!is_token(field.name) || !is_field_value(field.value)) return bad_request(field.name);
    ((out += field.name) += ": ") += field.value;
    out += "\r\n";
  }
  if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
      request.method == "PATCH") {
    out += "content-length: ";
    out += std::to_string(request.body.size());
    out += "\r\n";
  }
  out += "\r\n";
  return {};
}

Task<Status> ClientConnection::exchange(const ClientRequest& request, ClientTimeouts timeouts,
                                        Wait wait, std::size_t max_head, ResponseHead& head) {
  CO_TRY(put_head(request));
  received_ = false;
  const Deadline first_byte = Deadline::after(socket_->core().clock(), timeouts.first_byte);
  const Wait bounded{.deadline = first_byte.sooner(wait.deadline), .stop = wait.stop};
  const char* const bound = first_byte < wait.deadline ? "first_byte" : "total";

  std::string_view body = request.body;
  if (body.size() <= kCopyUpTo) {
    out_ += body;
    body = {};
  }
  auto sending = send(out_, body, bounded);
  Status status = co_await sending;
  // A provider may refuse a body that it has not read to its end: its answer counts then.
  if (status || status.error().code == Code::upstream_error) {
    ResponseParser parser(max_head, request.method == "HEAD");
    auto reading = read_head(parser, head, bounded);
    Status read = co_await reading;
    if (!status) head.keep_alive = false;
    status = std::move(read);
  }
  if (!status && status.error().code == Code::deadline_exceeded) status.error().param = bound;
  co_return status;
}

Task<Status> ClientConnection::send(std::string_view head, std::string_view body, Wait wait) {
  while (!head.empty() || !body.empty()) {
    const std::array<iovec, 2> parts = {iovec{const_cast<char*>(head.data()), head.size()},
                                        iovec{const_cast<char*>(body.data()), body.size()}};
    const Io io = socket_->send(parts);
    if (io.blocked()) {
      SocketWait pause(*socket_, io.wants, wait);
      const runtime::Wake wake = co_await pause;
      CO_TRY(runtime::wake_status(wake));
      continue;
    }
    if (!io.moved()) co_return upstream("reset", "while the request was sent");
    const std::size_t of_head = std::min(io.bytes, head.size());
    head.remove_prefix(of_head);
    body.remove_prefix(io.bytes - of_head);
  }
  co_return Status{};
}

Task<Status> ClientConnection::read_head(ResponseParser& parser, ResponseHead& head, Wait wait) {
  for (;;) {
    if (!in_.empty()) {
      const ParseState state = parser.parse(in_.view(), head);
      if (state == ParseState::failed) co_return upstream("framing", parser.error());
      if (state == ParseState::done) {
        in_.consume(parser.consumed());
        if (head.status >= 200) co_return Status{};
        parser.reset();
        head.clear();
        continue;
      }
    }
    if (!socket_->has_input()) {  // nothing yet: no need to ask the kernel
      SocketWait pause(*socket_, Direction::read, wait);
      const runtime::Wake wake = co_await pause;
      CO_TRY(runtime::wake_status(wake));
    }
    const Io io = socket_->recv(in_.space());
    if (io.blocked()) {
      if (io.wants == Direction::read) continue;
      SocketWait pause(*socket_, io.wants, wait);
      const runtime::Wake wake = co_await pause;
      CO_TRY(runtime::wake_status(wake));
      continue;
    }
    if (!io.moved()) co_return upstream("reset", "before the answer's head was complete");
    in_.commit(io.bytes);
    received_ = true;
  }
}

}  // namespace maester::wire
