// Oracles: a template with its variables replaced by themselves in braces, escaped once, parses to
// the same variables; a rendered value is never looked at again; the output is as long as its
// parts.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "codec/template.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string source(reinterpret_cast<const char*>(data), size);
  std::string escaped;
  for (const char c : source) escaped.append(c == '{' || c == '}' ? 2 : 1, c);
  const auto literal = maester::Template::parse(escaped);
  require(literal.has_value() && literal->variables().empty());
  require(literal->render([](auto) { return std::nullopt; }) == source);

  const auto parsed = maester::Template::parse(source);
  if (!parsed) {
    require(parsed.error().code == maester::Code::unprocessable);
    return 0;
  }
  require(parsed->source() == source);
  const auto missing = parsed->render([](auto) { return std::nullopt; });
  require(missing.has_value() == parsed->variables().empty());
  const auto hostile = parsed->render([](auto) { return std::string_view("{x}}{{"); });
  const auto empty = parsed->render([](auto) { return std::string_view(); });
  require(hostile && empty && hostile->size() >= empty->size());
  require((hostile->size() - empty->size()) % 6 == 0);
  return 0;
}
