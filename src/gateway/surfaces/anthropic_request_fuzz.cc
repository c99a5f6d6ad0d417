// The Anthropic surface on any bytes: it may refuse, never crash; what it accepts can be written
// for both protocols as JSON.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/providers/anthropic/anthropic.h"
#include "gateway/providers/openai/openai.h"
#include "gateway/surfaces/anthropic_messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maester;           // NOLINT(google-build-using-namespace)
  using namespace maester::gateway;  // NOLINT(google-build-using-namespace)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto doc = json::Document::parse(text);
  if (!doc) return 0;
  const auto parsed = parse_anthropic_messages(*doc);
  if (!parsed) return 0;
  EncodeOptions options;
  options.upstream_model = "m";
  options.stream = parsed->request.stream;
  options.source_protocol = Protocol::anthropic_messages;
  const auto openai = openai::make_provider({.semantic_name = "t", .tolerant = true});
  const auto anthropic = anthropic::make_provider({});
  for (const Provider* provider : {openai.get(), anthropic.get()}) {
    const auto written = provider->encode(parsed->request, options);
    if (written && !json::Document::parse(written->body)) std::abort();
  }
  options.source_body = text;
  const auto edited = anthropic->encode(parsed->request, options);
  if (!edited) std::abort();
  const auto document = json::Document::parse(edited->body);
  if (!document || document->root().get("model").string_or("") != "m" ||
      document->root().get("maester").exists()) {
    std::abort();
  }
  return 0;
}
