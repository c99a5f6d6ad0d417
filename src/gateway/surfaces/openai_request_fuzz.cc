// The OpenAI surface on any bytes: it may refuse, never crash; what it accepts can be written for
// OpenAI, and what was written is accepted again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/providers/anthropic/anthropic.h"
#include "gateway/providers/openai/openai.h"
#include "gateway/surfaces/openai_chat.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maester;           // NOLINT(google-build-using-namespace)
  using namespace maester::gateway;  // NOLINT(google-build-using-namespace)
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto doc = json::Document::parse(text);
  if (!doc) return 0;
  const auto parsed = parse_openai_chat(*doc);
  if (!parsed) return 0;
  EncodeOptions options;
  options.upstream_model = "m";
  options.stream = parsed->request.stream;
  (void)anthropic::make_provider({})->encode(parsed->request, options);
  const auto openai = openai::make_provider({.semantic_name = "t", .tolerant = true});
  if (const auto written = openai->encode(parsed->request, options); written) {
    const auto again = json::Document::parse(written->body);
    if (!again) std::abort();
  }
  options.source_body = text;
  const auto edited = openai->encode(parsed->request, options);
  if (!edited) std::abort();
  const auto edited_doc = json::Document::parse(edited->body);
  if (!edited_doc || edited_doc->root().get("model").string_or("") != "m" ||
      edited_doc->root().get("maester").exists()) {
    std::abort();
  }
  return 0;
}
