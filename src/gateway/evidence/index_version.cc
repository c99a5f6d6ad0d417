#include <charconv>

#include "gateway/evidence/evidence.h"

namespace maester::gateway {

Result<std::int64_t> read_index_version(json::Value value) {
  std::string_view text = value.is_number() ? value.raw() : value.string_or("");
  if (value.is_string() && text.starts_with('v')) text.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 1) {
    return fail(Code::invalid_request,
                "`" + value.path() + "` must be an index version such as v2.", value.path());
  }
  return number;
}

}  // namespace maester::gateway
