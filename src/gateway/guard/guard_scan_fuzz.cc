// Any bytes through every scanner, whole and cut: no crash, one verdict, findings inside the text.
#include <cstdint>
#include <cstdlib>

#include "gateway/guard/injection.h"
#include "gateway/guard/language.h"
#include "gateway/guard/scan_all.h"
#include "gateway/guard/window_for_test.h"

namespace guard = maester::gateway::guard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using enum guard::Action;
  static const guard::EveryRule kRedact(redact, redact, redact, redact);
  static const guard::EveryRule kBlock(redact, block, redact, block);
  if (size < 2) return 0;
  // The first two bytes say where it is cut.
  const std::size_t step = 1 + data[0] % 64, first = data[1];
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  std::vector<std::size_t> cuts;
  for (std::size_t cut = first; cut < text.size() && cuts.size() < 4096; cut += step)
    cuts.push_back(cut);
  for (const guard::EveryRule* rules : {&kRedact, &kBlock}) {
    if (judge(*rules, text, {}) != judge(*rules, text, cuts)) std::abort();
  }
  for (const auto& scanner : kRedact.scanners) {
    std::size_t at = 0;
    for (const guard::Match& match : scan_all(*scanner, text)) {
      if (match.begin < at || match.end <= match.begin || match.end > text.size()) std::abort();
      at = match.end;
    }
  }
  if (guard::injection_score(text).score < -1) std::abort();
  (void)guard::detect_language(text);
  return 0;
}
