// What one stream event costs on its way: event framing, decoding, and writing it for an OpenAI
// client.
#include <benchmark/benchmark.h>

#include "gateway/providers/anthropic/anthropic.h"
#include "gateway/providers/openai/openai.h"
#include "gateway/surfaces/openai_chat.h"

namespace maester::gateway {

namespace {

constexpr std::string_view kOpenAi =
    R"({"id":"chatcmpl-ChZNcadOV8XXL9i2Jh0PXsrur4L8k","object":"chat.completion.chunk",)"
    R"("created":1764500140,"model":"gpt-4o-mini-2024-07-18","service_tier":"default",)"
    R"("system_fingerprint":"fp_b547601dbd","choices":[{"index":0,"delta":{"content":" word"},)"
    R"("logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"2PjwdOi"})";
constexpr std::string_view kAnthropic =
    R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word"}  })";

void decode(benchmark::State& state, const Provider& provider, std::string_view data) {
  const auto decoder = provider.stream_decoder();
  std::vector<StreamEvent> out;
  const sse::Event event{{}, data, {}, {}};
  for (auto _ : state) {
    out.clear();
    benchmark::DoNotOptimize(decoder->decode(event, out));
  }
}
void decode_openai(benchmark::State& state) {
  decode(state, *openai::make_provider({}), kOpenAi);
}
void decode_anthropic(benchmark::State& state) {
  decode(state, *anthropic::make_provider({}), kAnthropic);
}
BENCHMARK(decode_openai);
BENCHMARK(decode_anthropic);

void encode_chunk(benchmark::State& state) {
  OpenAiChunkEncoder encoder({.id = "chatcmpl-1", .model = "gpt-4.1", .created = 1764500140});
  std::string out;
  for (auto _ : state) {
    out.clear();
    encoder.append(out, TextDelta{0, " word"});
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(encode_chunk);

void parse_request(benchmark::State& state) {
  const std::string body =
      R"({"model":"gpt-4.1","messages":[{"role":"system","content":"be brief"},)"
      R"({"role":"user","content":")" +
      std::string(1000, 'x') + R"("}],"max_tokens":100,"stream":true})";
  for (auto _ : state) {
    const auto doc = json::Document::parse(body);
    benchmark::DoNotOptimize(parse_openai_chat(*doc));
  }
}
BENCHMARK(parse_request);

}  // namespace

}  // namespace maester::gateway
