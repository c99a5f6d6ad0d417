// Oracles: the events and their raw bytes are the same whole, byte by byte and in pieces cut where
// the input says; raw bytes add up to the input; nothing longer than the limit is kept.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "codec/sse.h"

namespace {

using maester::sse::Decoder;
using maester::sse::Event;

constexpr std::size_t kLimit = 200;

struct Outcome {
  std::vector<std::string> events;
  std::string raw;
  bool failed = false;
  bool operator==(const Outcome&) const = default;
};

void require(bool holds) {
  if (!holds) std::abort();
}

Outcome decode(std::string_view text, std::size_t piece) {
  Decoder decoder(kLimit);
  Outcome out;
  Event event;
  const auto drain = [&](bool end) {
    for (;;) {
      const auto more = end ? decoder.finish(event) : decoder.next(event);
      if (!more) out.failed = true;
      if (!more || !*more) return;
      require(event.raw.size() <= kLimit || end);
      out.events.push_back(std::string(event.type) + '\x1f' + std::string(event.data) + '\x1f' +
                           std::string(event.id));
      out.raw += event.raw;
    }
  };
  for (std::size_t at = 0; at < text.size() && !out.failed; at += piece) {
    decoder.feed(text.substr(at, piece));
    drain(false);
    require(out.failed || decoder.rest().size() <= kLimit);
  }
  if (!out.failed) drain(true);
  if (!out.failed) out.raw += decoder.rest();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Outcome whole = decode(text, size + 1);
  require(whole == decode(text, 1));
  require(whole == decode(text, size == 0 ? 1 : data[0] % 17 + 2));
  if (!whole.failed) require(whole.raw == text);
  return 0;
}
