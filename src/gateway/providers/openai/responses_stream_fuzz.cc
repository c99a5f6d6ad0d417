#include "gateway/providers/openai/openai.h"
#include "gateway/providers/stream_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maester::gateway;  // NOLINT(google-build-using-namespace)
  fuzz_stream(*openai::make_responses_provider({}), data, size);
  fuzz_stream(*openai::make_completions_provider({}), data, size);
  fuzz_stream(*openai::make_provider({.tolerant = true, .think_tags = true}), data, size);
  return 0;
}
