// One accepted connection: reads heads through the strict gate, runs the handler, writes its
// answer; the ServerRequest and ServerResponse that handlers see. Owned by the coroutine that
// serves it; everything on its core.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/stop.h"
#include "wire/chunked.h"
#include "wire/read_buffer.h"
#include "wire/server.h"
#include "wire/server_core.h"
#include "wire/socket.h"

namespace maester::wire {

class Connection final : public ServerRequest, public ServerResponse, private PeerObserver {
 public:
  // Counts itself in `counter` while it lives.
  Connection(ServerCore& server, int fd, std::string peer, std::atomic<std::uint64_t>& counter);
  ~Connection() override;
  Connection(const Connection&) = delete;

  // Until the connection is over.
  runtime::Task<void> serve();
  // Says 503 and closes.
  runtime::Task<void> refuse_overload();

  // ServerRequest
  std::string_view method() const override { return exchange_->head.method; }
  std::string_view path() const override { return exchange_->head.path(); }
  std::string_view query() const override { return exchange_->head.query(); }
  const Headers& headers() const override { return exchange_->head.headers; }
  std::string_view peer_address() const override { return peer_; }
  MonoTime received_at() const override { return received_at_; }
  runtime::Task<Result<std::string>> read_body(std::size_t limit) override;
  runtime::Task<Result<std::string>> read_some(std::size_t limit) override;

  // ServerResponse
  runtime::Task<Status> respond(int status, Headers headers, std::string_view body) override;
  Status start_stream(int status, Headers headers) override;
  runtime::Task<Status> write(std::string_view bytes) override;
  runtime::Task<Status> finish(std::string_view last_bytes) override;
  bool started() const override { return answer_ != Answer::none; }
  void close_after() override { close_after_ = true; }
  runtime::StopToken client_gone() override { return gone_.token(); }
  runtime::StopToken cut() override { return server_.cut_token(); }

 private:
  enum class Answer : std::uint8_t { none, streaming, finished, broken };
  enum class Next : std::uint8_t { request, refuse, close };

  void on_peer_gone() override { gone_.request_stop(); }
  runtime::Wait within(milliseconds time, runtime::StopToken stop);

  // Reading (connection.cc, connection_body.cc)
  runtime::Task<Next> read_head();
  runtime::Task<Result<bool>> wait_for_request();
  void begin_exchange();
  runtime::Task<bool> finish_exchange();
  void end_exchange();
  runtime::Task<Status> begin_body(std::size_t limit);
  runtime::Task<Status> read_sized_body(std::string& body);
  runtime::Task<Status> read_chunked_body(std::string& body, std::size_t limit);
  runtime::Task<Status> read_sized_piece(std::string& piece);
  runtime::Task<Status> read_chunked_piece(std::string& piece, std::size_t limit);
  runtime::Task<Status> receive_body_bytes(std::span<char> into, std::size_t& received);
  runtime::Task<Status> send_continue();
  Status body_failed(Error error);

  // Writing (connection_write.cc)
  Status put_head(int status, const Headers& headers, const std::size_t* length);
  bool will_close() const;
  void put_chunk_size(std::size_t size);
  runtime::Task<Status> send(std::string_view first, std::string_view second,
                             std::string_view third);
  runtime::Task<void> send_refusal(int status, std::string_view code, std::string_view message);
  runtime::Task<void> linger();

  ServerCore& server_;
  std::atomic<std::uint64_t>& counter_;
  Socket socket_;
  std::string peer_;
  ReadBuffer in_;
  std::unique_ptr<Exchange> exchange_;  // while a request is under way
  runtime::StopSource gone_;
  MonoTime received_at_{};
  MonoTime body_started_{};
  std::uint64_t body_received_ = 0;
  std::uint64_t body_given_ = 0;  // by read_some()
  bool body_begun_ = false;       // the same
  ChunkDecoder chunks_;
  std::uint32_t served_ = 0;
  Answer answer_ = Answer::none;
  bool chunked_ = false;    // the answer's coding
  bool body_read_ = false;  // nothing of the request's body is left
  bool close_after_ = false;
  bool head_only_ = false;  // the answer has no body: HEAD, 204, 304
  bool head_pending_ = false;
  int body_failure_ = 0;  // the status to answer with if the handler answers nothing
};

}  // namespace maester::wire
