// Any bytes: the same lines wherever they are cut; none blank, none with a line end in it.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "codec/json_lines.h"

namespace {

struct Read {
  std::vector<std::string> lines;
  bool failed = false;
};

Read read(std::initializer_list<std::string_view> pieces) {
  Read out;
  maester::json::LineDecoder decoder(256);
  maester::sse::Event event;
  const auto take = [&](auto&& next) {
    for (;;) {
      const auto got = next();
      out.failed |= !got;
      if (!got || !*got) return;
      out.lines.emplace_back(event.data);
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
  if (whole.lines != split.lines || whole.failed != split.failed) std::abort();
  for (const std::string& line : whole.lines) {
    if (line.empty() || line.find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
