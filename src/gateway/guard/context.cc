#include "gateway/guard/bytes.h"
#include "gateway/guard/pii_matchers.h"

namespace maester::gateway::guard {
namespace {

bool stands_in(std::string_view text, std::string_view word) {
  const bool stem = word.ends_with('*');
  if (stem) word.remove_suffix(1);
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const int before = at == 0 ? -1 : static_cast<unsigned char>(text[at - 1]);
    const std::size_t end = at + word.size();
    const int after = end == text.size() ? -1 : static_cast<unsigned char>(text[end]);
    if (!is_word(before) && (stem || !is_word(after))) return true;
  }
  return false;
}

}  // namespace

bool behind_any(const Source& source, std::size_t at, std::size_t reach,
                std::span<const std::string_view> words) {
  std::string_view behind = source.behind(at);
  if (behind.size() > reach) behind.remove_prefix(behind.size() - reach);
  if (behind.empty()) return false;
  const std::string text = lower_ascii(behind);
  for (const std::string_view word : words) {
    if (stands_in(text, word)) return true;
  }
  return false;
}

}  // namespace maester::gateway::guard
