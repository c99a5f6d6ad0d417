// An answer under way: decodes the body in place and gives the connection back at its end.
#pragma once

#include <memory>
#include <string>

#include "wire/chunked.h"
#include "wire/client.h"
#include "wire/client_connection.h"

namespace maester::wire {

class HttpResponse final : public ClientResponse {
 public:
  HttpResponse(ClientPool& pool, std::unique_ptr<ClientConnection> connection,
               std::unique_ptr<ResponseHead> head, milliseconds idle, runtime::Wait wait);
  ~HttpResponse() override;

  int status() const override { return head_->status; }
  const Headers& headers() const override { return head_->headers; }
  runtime::Task<Result<std::string_view>> read() override;
  void manual_progress(bool on) override { manual_ = on; }
  void progress() override { waited_ = nanoseconds{0}; }
  runtime::Task<Result<std::string>> read_all(std::size_t limit) override;

 private:
  std::string_view take_payload();
  runtime::Task<Status> receive();
  void take_end();
  void end_exchange();
  std::unexpected<Error> broken(const char* param, const char* why);

  ClientPool& pool_;
  std::unique_ptr<ClientConnection> connection_;  // null after the end or an error
  std::unique_ptr<ResponseHead> head_;
  runtime::Wait wait_;
  nanoseconds idle_;
  nanoseconds waited_{
      0};  // of the idle time; only time spent in read() counts, not the reader's own
  std::uint64_t left_ = 0;  // Framing::length
  ChunkDecoder chunks_;
  std::size_t delivered_ = 0;  // bytes at the buffer's front that the last read() lent out
  bool done_ = false;
  bool manual_ = false;
};

}  // namespace maester::wire
