// Any bytes: the same frames wherever they are cut, never more bytes than came, and nothing after a
// damaged one.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "codec/aws_event_stream.h"

namespace {

struct Read {
  std::vector<std::string> frames;
  bool failed = false;
};

Read read(std::initializer_list<std::string_view> pieces) {
  Read out;
  maester::aws::EventStreamDecoder decoder(4096);
  maester::sse::Event event;
  const auto take = [&](auto&& next) {
    for (;;) {
      const auto got = next();
      out.failed |= !got;
      if (!got || !*got) return;
      out.frames.push_back(std::string(event.type) + "|" + std::string(event.data) + "|" +
                           std::string(event.raw));
    }
  };
  for (const std::string_view piece : pieces) {
    decoder.feed(piece);
    take([&] { return decoder.next(event); });
  }
  take([&] { return decoder.finish(event); });
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t cut = bytes.size() * data[0] / 256;
  const Read whole = read({bytes});
  const Read split = read({bytes.substr(0, cut), bytes.substr(cut)});
  if (whole.frames != split.frames || whole.failed != split.failed) std::abort();
  return 0;
}
