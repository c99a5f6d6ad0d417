// What the stream fuzz targets share: the first byte says where the stream is cut; cut or whole, it
// must mean the same, and a stream that broke must not look complete.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "gateway/framing.h"
#include "gateway/provider.h"

namespace maester::gateway {

struct FuzzedStream {
  StreamAccumulator sum;
  bool complete = false, broken = false;
};

inline FuzzedStream fuzz_deliver(const Provider& provider, std::string_view a, std::string_view b) {
  FuzzedStream out;
  const auto decoder = provider.stream_decoder();
  StreamFraming events(provider.framing());
  sse::Event event;
  std::vector<StreamEvent> meaning;
  const auto drain = [&](auto&& next) {
    for (;;) {
      const auto got = next();
      if (!got || !*got) return;
      meaning.clear();
      const auto outcome = decoder->decode(event, meaning);
      out.broken |= !outcome || outcome->error.has_value();
      for (const StreamEvent& e : meaning) (void)out.sum.add(e);
    }
  };
  for (const std::string_view piece : {a, b}) {
    events.feed(piece);
    drain([&] { return events.next(event); });
  }
  drain([&] { return events.finish(event); });
  out.complete = decoder->complete();
  return out;
}

inline void fuzz_stream(const Provider& provider, const std::uint8_t* data, std::size_t size) {
  if (size == 0) return;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t cut = body.size() * data[0] / 256;
  const FuzzedStream whole = fuzz_deliver(provider, body, {});
  const FuzzedStream split = fuzz_deliver(provider, body.substr(0, cut), body.substr(cut));
  if (whole.sum.response() != split.sum.response()) std::abort();
  if (whole.complete != split.complete || (whole.complete && whole.broken)) std::abort();
  const auto& usage = whole.sum.response().usage;
  if (usage &&
      (usage->input < 0 || usage->output < 0 || usage->reasoning < 0 || usage->cached_input < 0)) {
    std::abort();
  }
}

}  // namespace maester::gateway
