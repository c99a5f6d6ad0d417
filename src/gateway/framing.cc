#include "gateway/framing.h"

#include "wire/http.h"

namespace maester::gateway {
namespace {

bool is_type(std::string_view content_type, std::string_view wanted) {
  const std::size_t end = content_type.find_first_of("; \t");
  return wire::equals_ignore_case(content_type.substr(0, end), wanted);
}

}  // namespace

StreamFraming::StreamFraming(Framing framing) {
  if (framing == Framing::json_lines) decoder_.emplace<json::LineDecoder>();
  if (framing == Framing::aws_event_stream) decoder_.emplace<aws::EventStreamDecoder>();
}

void StreamFraming::feed(std::string_view bytes) {
  std::visit([&](auto& decoder) { decoder.feed(bytes); }, decoder_);
}
Result<bool> StreamFraming::next(sse::Event& event) {
  return std::visit([&](auto& decoder) { return decoder.next(event); }, decoder_);
}
Result<bool> StreamFraming::finish(sse::Event& event) {
  return std::visit([&](auto& decoder) { return decoder.finish(event); }, decoder_);
}
bool StreamFraming::progressed() const {
  return std::visit([](const auto& decoder) { return decoder.progressed(); }, decoder_);
}

bool is_stream(Framing framing, std::string_view content_type) {
  switch (framing) {
    case Framing::server_sent_events:
      return is_type(content_type, "text/event-stream");
    case Framing::json_lines:
      return is_type(content_type, "application/x-ndjson") ||
             is_type(content_type, "application/stream+json") ||
             is_type(content_type, "application/jsonl");
    case Framing::aws_event_stream:
      return is_type(content_type, "application/vnd.amazon.eventstream");
  }
  return false;
}

}  // namespace maester::gateway
