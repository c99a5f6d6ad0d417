// Any text is either a configuration or a list of problems with places: no crash, no hang, no empty
// list.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "app/config.h"
#include "app/config_describe.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maester::app;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto loaded = parse_config(text, "fuzz.toml", Environment::stand_in());
  if (!loaded) {
    if (loaded.error().empty()) std::abort();
    for (const Problem& problem : loaded.error()) {
      if (problem.message.empty()) std::abort();
    }
    return 0;
  }
  if (loaded->config.version.size() != 12) std::abort();
  // What was accepted can be explained, and reads the same again.
  if (explain_config(loaded->tree).empty()) std::abort();
  const auto again = parse_config(text, "fuzz.toml", Environment::stand_in());
  if (!again || again->config.version != loaded->config.version) std::abort();
  return 0;
}
