// A provider's stream cut into its events, whichever framing its protocol has: what the relay, the
// tests and the fuzz targets read streams with.
#pragma once

#include <string_view>
#include <variant>

#include "base/result.h"
#include "codec/aws_event_stream.h"
#include "codec/json_lines.h"
#include "codec/sse.h"
#include "gateway/provider.h"

namespace maester::gateway {

// Used as sse::Decoder is.
class StreamFraming {
 public:
  explicit StreamFraming(Framing framing);
  void feed(std::string_view bytes);
  Result<bool> next(sse::Event& event);
  Result<bool> finish(sse::Event& event);
  bool progressed() const;

 private:
  std::variant<sse::Decoder, json::LineDecoder, aws::EventStreamDecoder> decoder_;
};

// Whether an answer of this content type is a stream in this framing.
bool is_stream(Framing framing, std::string_view content_type);

}  // namespace maester::gateway
