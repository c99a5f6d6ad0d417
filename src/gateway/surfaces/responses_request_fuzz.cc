// The Responses, completions and embeddings surfaces on any bytes: they may refuse, never crash;
// what they accept can be written as JSON for OpenAI and for Anthropic.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/providers/anthropic/anthropic.h"
#include "gateway/providers/openai/openai.h"
#include "gateway/surfaces/embeddings_surface.h"
#include "gateway/surfaces/rerank_surface.h"
#include "gateway/surfaces/responses.h"
#include "gateway/surfaces/text_completion.h"

namespace {

using namespace maester::gateway;  // NOLINT(google-build-using-namespace)

void write(const maester::Result<ParsedChat>& parsed) {
  if (!parsed) return;
  EncodeOptions options;
  options.upstream_model = "m";
  options.source_protocol = Protocol::openai_responses;
  const auto openai = openai::make_provider({.semantic_name = "t", .tolerant = true});
  const auto anthropic = anthropic::make_provider({});
  for (const Provider* provider : {openai.get(), anthropic.get()}) {
    const auto written = provider->encode(parsed->request, options);
    if (written && !maester::json::Document::parse(written->body)) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto doc = maester::json::Document::parse(text);
  if (!doc) return 0;
  const auto responses = parse_responses(*doc);
  write(responses);
  if (responses) {
    const std::string object = encode_response_object(
        {.id = "resp_1", .model = "m", .request = doc->root()}, {}, "completed");
    if (!maester::json::Document::parse(object)) std::abort();
  }
  write(parse_text_completion(*doc));
  (void)parse_embedding(*doc);
  (void)parse_rerank(*doc);
  return 0;
}
