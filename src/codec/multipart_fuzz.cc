#include <cstddef>
#include <cstdint>

#include "codec/multipart.h"

// The first line is the boundary, the rest the body. Every part must lie inside of it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const std::size_t line = all.find('\n');
  if (line == all.npos) return 0;
  const std::string_view body = all.substr(line + 1);
  (void)maester::multipart::boundary_of(all.substr(0, line));
  const auto parts = maester::multipart::parse(body, all.substr(0, line));
  if (!parts) return 0;
  for (const auto& part : *parts) {
    if (part.content.empty()) continue;
    if (part.content.data() < body.data() ||
        part.content.data() + part.content.size() > body.data() + body.size())
      __builtin_trap();
  }
  return 0;
}
