// The client's side of a streamed answer: starts it with the first bytes, keeps it alive with
// comments while the provider is silent, and keeps writes in order. Lives on the call's core,
// inside the coroutine that streams.
#pragma once

#include <coroutine>
#include <string>
#include <string_view>

#include "gateway/pipeline/call.h"
#include "runtime/core.h"

namespace maester::gateway {

class StreamSink final : private runtime::Timer {
 public:
  // With `held_back` the comment is ": waiting" and the first one may open the stream; else ":
  // keep-alive", only after the first bytes.
  explicit StreamSink(Call& call);
  ~StreamSink() override;

  // Opens the stream when it is not open, and writes. Errors as ServerResponse::write(); none with
  // an idempotency key, whose call goes on when its client left.
  runtime::Task<Status> write(std::string_view bytes);
  // No comments from here on.
  runtime::Task<void> quiet();

 private:
  runtime::Task<Status> write_to_client(std::string_view bytes);
  void on_timer() override;
  void rearm();
  runtime::Task<void> write_comment();

  static constexpr std::chrono::seconds kCommentEvery{15};
  Call& call_;
  runtime::Core& core_;
  runtime::TaskGroup comments_;
};

// Begins the answer's stream unless it has begun; its head leaves with the first bytes.
Status open_stream(Call& call);

// Ends a stream that was opened: `maester` and the end marker, or the error event and a close.
runtime::Task<Status> end_stream(Call& call, const Error* error);

}  // namespace maester::gateway
