// The writing of answers.
#include <array>
#include <charconv>

#include "wire/connection.h"
#include "wire/http_chars.h"

namespace maester::wire {

using runtime::Task;
using runtime::Wait;

namespace {

constexpr std::size_t kCopyUpTo = 4 * 1024;  // smaller bodies are sent from the head's buffer

void append_number(std::string& out, std::size_t value, int base) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, base).ptr;
  out.append(digits.data(), end);
}

// Those that the server itself writes.
bool is_reserved(std::string_view name) {
  switch (name.size()) {
    case 4:
      return equals_ignore_case(name, "date");
    case 10:
      return equals_ignore_case(name, "connection");
    case 14:
      return equals_ignore_case(name, "content-length");
    case 17:
      return equals_ignore_case(name, "transfer-encoding");
    default:
      return false;
  }
}

bool forbids_body(int status) {
  return status == 204 || status == 304;
}

iovec part(std::string_view bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};  // only read
}

}  // namespace

bool Connection::will_close() const {
  return close_after_ || !body_read_ || !exchange_->head.keep_alive || server_.draining() ||
         socket_.peer_gone();
}

// Without a length the answer is a stream.
Status Connection::put_head(int status, const Headers& headers, const std::size_t* length) {
  if (answer_ != Answer::none) return fail(Code::internal, "The request was answered already.");
  std::string& out = exchange_->out;
  out.assign("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(status), 10);
  out += ' ';
  out += reason_phrase(status);
  out += "\r\n";
  for (const Header& field : headers) {
    if (is_reserved(field.name)) {
      if (field.name.size() == 10 && equals_ignore_case(field.value, "close")) close_after_ = true;
      continue;
    }
    if (!is_token(field.name) || !is_field_value(field.value)) {
      return fail(Code::internal, "An answer's header is malformed.", "", field.name);
    }
    ((out += field.name) += ": ") += field.value;
    out += "\r\n";
  }
  head_only_ = forbids_body(status) || exchange_->head.method == "HEAD";
  if (length != nullptr) {
    if (!forbids_body(status)) {
      out += "content-length: ";
      append_number(out, *length, 10);
      out += "\r\n";
    }
  } else if (exchange_->head.minor_version == 1) {
    chunked_ = true;
    if (!forbids_body(status)) out += "transfer-encoding: chunked\r\n";
  } else {
    close_after_ = true;  // HTTP/1.0: the close ends the stream
  }
  out += "date: ";
  out += server_.http_date();
  out += will_close() ? "\r\nconnection: close\r\n\r\n" : "\r\n\r\n";
  // Later reasons to close (a drain that began) close without having said so.
  return {};
}

Task<Status> Connection::respond(int status, Headers headers, std::string_view body) {
  const std::size_t length = body.size();
  CO_TRY(put_head(status, headers, &length));
  answer_ = Answer::broken;
  if (head_only_) body = {};
  std::string& out = exchange_->out;
  if (body.size() <= kCopyUpTo) {
    out += body;
    body = {};
  }
  auto sending = send(out, body, {});
  Status sent = co_await sending;
  if (sent) answer_ = Answer::finished;
  co_return sent;
}

Status Connection::start_stream(int status, Headers headers) {
  TRY(put_head(status, headers, nullptr));
  answer_ = Answer::streaming;
  head_pending_ = true;
  return {};
}

void Connection::put_chunk_size(std::size_t size) {
  append_number(exchange_->out, size, 16);
  exchange_->out += "\r\n";
}

Task<Status> Connection::write(std::string_view bytes) {
  if (answer_ != Answer::streaming) {
    co_return fail(Code::cancelled, "The answer's stream is broken or was never begun.");
  }
  std::string& out = exchange_->out;
  if (!std::exchange(head_pending_, false)) out.clear();
  if (head_only_) bytes = {};
  std::string_view tail;
  // An empty write is no chunk: that would end the stream. It still brings the head out.
  if (!bytes.empty() && chunked_) {
    put_chunk_size(bytes.size());
    tail = "\r\n";
  }
  if (bytes.size() <= kCopyUpTo) {
    (out += bytes) += tail;
    bytes = tail = {};
  }
  answer_ = Answer::broken;
  auto sending = send(out, bytes, tail);
  Status sent = co_await sending;
  if (sent) answer_ = Answer::streaming;
  co_return sent;
}

Task<Status> Connection::finish(std::string_view last_bytes) {
  if (answer_ != Answer::streaming) {
    co_return fail(Code::cancelled, "The answer's stream is broken or was never begun.");
  }
  std::string& out = exchange_->out;
  if (!std::exchange(head_pending_, false)) out.clear();
  if (head_only_) last_bytes = {};
  std::string_view tail = chunked_ && !head_only_ ? "0\r\n\r\n" : "";
  if (!last_bytes.empty() && chunked_) {
    put_chunk_size(last_bytes.size());
    tail = "\r\n0\r\n\r\n";
  }
  if (last_bytes.size() <= kCopyUpTo) {
    (out += last_bytes) += tail;
    last_bytes = tail = {};
  }
  answer_ = Answer::broken;
  auto sending = send(out, last_bytes, tail);
  Status sent = co_await sending;
  if (sent) answer_ = Answer::finished;
  co_return sent;
}

Task<Status> Connection::send(std::string_view first, std::string_view second,
                              std::string_view third) {
  std::array<iovec, 3> parts = {part(first), part(second), part(third)};
  std::span<iovec> left(parts);
  for (;;) {
    while (!left.empty() && left.front().iov_len == 0) left = left.subspan(1);
    if (left.empty()) co_return Status{};
    const Io io = socket_.send(left);
    if (io.blocked()) {
      SocketWait pause(socket_, io.wants, within(server_.limits().write_stall, gone_.token()));
      const runtime::Wake wake = co_await pause;
      CO_TRY(runtime::wake_status(wake, "write"));
      continue;
    }
    if (!io.moved()) co_return fail(Code::cancelled, "The client left.");
    std::size_t sent = io.bytes;
    for (iovec& piece : left) {
      const std::size_t n = std::min(sent, piece.iov_len);
      piece.iov_base = static_cast<char*>(piece.iov_base) + n;
      piece.iov_len -= n;
      sent -= n;
    }
  }
}

Task<void> Connection::send_refusal(int status, std::string_view code, std::string_view message) {
  server_.shared().refused.fetch_add(1, std::memory_order_relaxed);
  if (exchange_ == nullptr) begin_exchange();
  close_after_ = true;
  const std::string body = server_.error_body(status, code, message);
  Headers headers{{"content-type", server_.shared().config.error_content_type}};
  auto responding = respond(status, std::move(headers), body);
  const Status sent = co_await responding;
  if (!sent) co_return;
  auto closing = linger();
  co_await closing;
}

}  // namespace maester::wire
