#include "gateway/pipeline/stream_sink.h"

#include "gateway/pipeline/headers.h"
#include "gateway/pipeline/once.h"
#include "gateway/pipeline/surface.h"

namespace maester::gateway {

StreamSink::StreamSink(Call& call)
    : call_(call), core_(*runtime::Core::current()), comments_(core_) {
  if (call_.held_back) rearm();
}

StreamSink::~StreamSink() {
  core_.disarm(*this);
}

void StreamSink::rearm() {
  core_.disarm(*this);
  core_.arm(*this, Deadline::after(core_.clock(), kCommentEvery));
}

void StreamSink::on_timer() {
  if (comments_.size() == 0) comments_.spawn(write_comment());
  rearm();
}

runtime::Task<void> StreamSink::write_comment() {
  if (!open_stream(call_)) co_return;
  auto writing = call_.response->write(call_.held_back ? ": waiting\n\n" : ": keep-alive\n\n");
  (void)co_await std::move(writing);
}

runtime::Task<void> StreamSink::quiet() {
  core_.disarm(*this);
  if (comments_.size() == 0) co_return;
  auto joining = comments_.join({});  // bounded by the write's own stall limit
  (void)co_await std::move(joining);
}

runtime::Task<Status> StreamSink::write(std::string_view bytes) {
  if (call_.once == nullptr) {
    auto writing = write_to_client(bytes);
    co_return co_await std::move(writing);
  }
  call_.once->sent += bytes;
  if (call_.once->client_left) co_return Status{};
  auto writing = write_to_client(bytes);
  call_.once->client_left = !(co_await std::move(writing));
  co_return Status{};
}

runtime::Task<Status> StreamSink::write_to_client(std::string_view bytes) {
  if (comments_.size() > 0) {
    auto joining = comments_.join({});
    CO_TRY(co_await std::move(joining));
  }
  CO_TRY(open_stream(call_));
  core_.disarm(*this);
  auto writing = call_.response->write(bytes);
  CO_TRY(co_await std::move(writing));
  rearm();
  co_return Status{};
}

Status open_stream(Call& call) {
  if (call.streaming) return {};
  TRY(call.response->start_stream(200, stream_headers(call)));
  call.streaming = true;
  return {};
}

runtime::Task<Status> end_stream(Call& call, const Error* error) {
  std::string out;
  if (error == nullptr) {
    if (call.held_back) out = std::move(call.attempt()->held_bytes);
    call.writer->append_end(out, call);
  } else {
    call.writer->append_error(out, call, *error);
    call.response->close_after();
  }
  if (call.once != nullptr) {
    auto keeping = keep_answer(call, 200, stream_headers(call), std::move(call.once->sent) + out);
    co_await std::move(keeping);
  }
  auto finishing = call.response->finish(out);
  co_return co_await std::move(finishing);
}

}  // namespace maester::gateway
