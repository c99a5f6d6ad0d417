// What reading JSON costs on the request path: docs/adr/0003-json-reader.md quotes these.
#include <benchmark/benchmark.h>

#include <string>

#include "codec/json.h"
#include "codec/json_writer.h"
#include "codec/sse.h"

namespace maester {
namespace {

// A stream chunk as OpenAI sends it, about 300 bytes.
std::string chunk() {
  return R"({"id":"chatcmpl-B9MBs8CjcvOU2jLn4n570S5qMJKcT","object":"chat.completion.chunk",)"
         R"("created":1741569952,"model":"gpt-4.1-mini-2025-04-14","service_tier":"default",)"
         R"("system_fingerprint":"fp_44added55e","choices":[{"index":0,"delta":{"content":" reliability"},)"
         R"("logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"Xk3vQ9a"})";
}

// A chat request of about 1 KiB with the escapes of ordinary prose.
std::string request() {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("model", "gpt-4.1-mini").key("messages").begin_array();
  const char* prose =
      "You are a production AI assistant.\nSummarize the following \"system event\" "
      "clearly:\n\nAdmin "
      "revoked the API key for user account 742 after three failed attempts within a minute. ";
  w.begin_object().field("role", "system").field("content", prose).end_object();
  w.begin_object().field("role", "user").field("content", std::string(prose) + prose + prose);
  w.end_object().end_array().field("temperature", 0.2).field("max_tokens", 400);
  w.field("stream", true).key("stream_options").begin_object().field("include_usage", true);
  return w.end_object().field("user", "u-742"), out + "}";
}

void parse(benchmark::State& state, const std::string& text) {
  json::Document doc;
  for (auto _ : state) {
    if (!doc.reparse(text)) state.SkipWithError("refused");
    benchmark::DoNotOptimize(doc.root().get("model").string_or(""));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text.size()));
}

void BM_ReparseChunk(benchmark::State& state) {
  parse(state, chunk());
}
BENCHMARK(BM_ReparseChunk);
void BM_ReparseRequest(benchmark::State& state) {
  parse(state, request());
}
BENCHMARK(BM_ReparseRequest);

void BM_ParseRequestAnew(benchmark::State& state) {
  const std::string text = request();
  for (auto _ : state) benchmark::DoNotOptimize(json::Document::parse(text));
}
BENCHMARK(BM_ParseRequestAnew);

void BM_ReparseCjk(benchmark::State& state) {
  std::string text = "[\"";
  for (int i = 0; i < 300; ++i) text += "\xe4\xb8\xad";
  parse(state, text + "\"]");
}
BENCHMARK(BM_ReparseCjk);

void BM_QuoteProse(benchmark::State& state) {
  const std::string text = request();
  std::string out;
  for (auto _ : state) {
    out.clear();
    json::append_string(out, text);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(BM_QuoteProse);

void BM_SseEvent(benchmark::State& state) {
  const std::string text = "data: " + chunk() + "\n\n";
  sse::Decoder decoder;
  sse::Event event;
  for (auto _ : state) {
    decoder.feed(text);
    if (!*decoder.next(event) || *decoder.next(event)) state.SkipWithError("no event");
    benchmark::DoNotOptimize(event.data.data());
  }
}
BENCHMARK(BM_SseEvent);

}  // namespace
}  // namespace maester

BENCHMARK_MAIN();
