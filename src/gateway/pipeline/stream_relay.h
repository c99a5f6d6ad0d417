// A provider's stream on its way to the client: decoded event by event for metering and evaluation;
// forwarded as the bytes they are when both sides speak the same protocol, else written anew. The
// end marker is held back: it goes out only after the settlement (stream_sink.h end_stream).
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "codec/sse.h"
#include "gateway/evidence/markers.h"
#include "gateway/pipeline/call.h"
#include "gateway/pipeline/guard_stream.h"
#include "gateway/pipeline/stream_sink.h"
#include "wire/client.h"

namespace maester::gateway {

class StreamRelay {
 public:
  StreamRelay(Call& call, Attempt& attempt);

  // Until the provider's end marker. Fails with upstream_error (broken off, garbage, an error
  // event: attempt.error then), deadline_exceeded, or cancelled when the client left.
  // attempt.response holds what was received either way. A stream that a policy cuts off ends well:
  // call.guarded->refusal.
  runtime::Task<Status> run(wire::ClientResponse& upstream);

 private:
  Status take(const sse::Event& event, std::string& out);
  Status take_unterminated(const sse::Event& event, std::string& out);
  Status release(std::string& out);
  runtime::Task<Status> deliver(std::string& out);
  void check_markers(bool last);

  Call& call_;
  Attempt& attempt_;
  std::unique_ptr<StreamDecoder> decoder_;
  StreamAccumulator sum_;
  StreamSink sink_;
  std::vector<StreamEvent> events_;
  std::unique_ptr<StreamGuard> guard_;   // null: nothing in it is judged on its way
  std::optional<MarkerFilter> markers_;  // of an answer from documents
  std::deque<std::string> checked_;      // what its events' views point to
  bool refused_ = false;
  bool forward_ = false;  // same protocol on both sides: bytes pass as they are
  bool terminal_ = false;
};

// The events that a whole answer stands for.
std::vector<StreamEvent> events_of(const ChatResponse& response);

// Streams a whole answer, all but its end: of a provider that ignored `stream`, or of the cache.
runtime::Task<Status> stream_whole(Call& call, Attempt& attempt);

}  // namespace maester::gateway
