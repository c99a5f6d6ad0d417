// Twice: the input as bytes of the event stream, where almost any fails its checksum, and its lines
// as the payloads of good frames, where the decoder is reached.
#include <array>

#include "gateway/providers/bedrock/bedrock.h"
#include "gateway/providers/stream_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maester::gateway;  // NOLINT(google-build-using-namespace)
  fuzz_stream(*bedrock::make_provider(), data, size);
  constexpr std::array<std::string_view, 8> kTypes = {
      "messageStart", "contentBlockStart", "contentBlockDelta",   "contentBlockStop",
      "messageStop",  "metadata",          "throttlingException", ""};
  std::string framed(1, size > 0 ? static_cast<char>(data[0]) : '\0');
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    const std::string_view type =
        kTypes[line.empty() ? 7 : static_cast<std::uint8_t>(line[0]) % kTypes.size()];
    maester::aws::append_frame(
        framed,
        {{":event-type", type}, {":message-type", type.ends_with("n") ? "exception" : "event"}},
        line.empty() ? line : line.substr(1));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  fuzz_stream(*bedrock::make_provider(), reinterpret_cast<const std::uint8_t*>(framed.data()),
              framed.size());
  return 0;
}
