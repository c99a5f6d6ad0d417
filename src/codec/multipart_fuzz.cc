#include <cstddef>
#include <cstdint>
#include <string>

#include "codec/multipart.h"

namespace {

// What a Reader tells must be what stands in the parts of the whole.
struct Compare final : maester::multipart::Sink {
  explicit Compare(const std::vector<maester::multipart::Part>& wanted) : parts(wanted) {}
  maester::Status begin(const maester::multipart::Part& head) override {
    if (at >= parts.size() || head.name != parts[at].name) __builtin_trap();
    return {};
  }
  maester::Status content(std::string_view bytes) override {
    if (bytes.empty()) __builtin_trap();
    text += bytes;
    return {};
  }
  maester::Status end() override {
    if (text != parts[at].content) __builtin_trap();
    text.clear();
    ++at;
    return {};
  }
  const std::vector<maester::multipart::Part>& parts;
  std::size_t at = 0;
  std::string text;
};

}  // namespace

// The first line is the boundary, the rest the body. Every part must lie inside of it, and be the
// same when the body comes in pieces.
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
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{4'096}}) {
    Compare compare(*parts);
    maester::multipart::Reader reader(all.substr(0, line));
    for (std::size_t at = 0; at < body.size(); at += step) {
      if (!reader.feed(body.substr(at, step), compare)) __builtin_trap();
    }
    if (!reader.finish() || compare.at != parts->size()) __builtin_trap();
  }
  return 0;
}
