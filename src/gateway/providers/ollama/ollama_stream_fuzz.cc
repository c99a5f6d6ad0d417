#include "gateway/providers/ollama/ollama.h"
#include "gateway/providers/stream_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maester::gateway;  // NOLINT(google-build-using-namespace)
  fuzz_stream(*ollama::make_provider(), data, size);
  return 0;
}
