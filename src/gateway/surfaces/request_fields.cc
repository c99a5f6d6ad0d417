#include "gateway/surfaces/request_fields.h"

#include <utility>

namespace maester::gateway {

std::unexpected<Error> invalid_field(std::string message, std::string param) {
  return fail(Code::invalid_request, std::move(message), std::move(param));
}

Status require_object(json::Value value) {
  if (value.is_object()) return {};
  const std::string path = value.path();
  return invalid_field(
      "`" + path + "` must be an object" + (value.exists() ? "." : ", and is missing."), path);
}

Status require_unique_keys(json::Value object) {
  const auto key = object.duplicate_key();
  if (!key) return {};
  const std::string path = object.path();
  const std::string param = path.empty() ? std::string(*key) : path + "." + std::string(*key);
  return invalid_field("`" + param + "` stands twice in the request: send it once.", param);
}

Status require_optional_object(json::Value value) {
  if (value.empty()) return {};
  TRY(require_object(value));
  return require_unique_keys(value);
}

Result<json::Value> read_maester_member(json::Value root) {
  const json::Value own = root.get("maester");
  if (own.empty()) return json::Value();
  TRY(require_object(own));
  TRY(require_unique_keys(own));
  return own;
}

Result<std::optional<std::int64_t>> read_optional_int(json::Value value, std::int64_t least,
                                                      std::int64_t most) {
  if (value.empty()) return std::nullopt;
  TRY_ASSIGN(const std::int64_t number, value.as_int());
  if (number < least || number > most) {
    return invalid_field("`" + value.path() + "` must be between " + std::to_string(least) +
                             " and " + std::to_string(most) + ".",
                         value.path());
  }
  return number;
}

Status read_decimal(json::Value value, double least, double most, std::string& out) {
  if (value.empty()) return {};
  TRY_ASSIGN(const double number, value.as_double());
  if (!(number >= least && number <= most)) {
    return invalid_field("`" + value.path() + "` is out of range: it may be " +
                             std::to_string(static_cast<int>(least)) + " to " +
                             std::to_string(static_cast<int>(most)) + ".",
                         value.path());
  }
  TRY_ASSIGN(const std::string_view text, value.as_number_text());
  out = text;
  return {};
}

Status read_string(json::Value value, std::string& out) {
  if (value.empty()) return {};
  TRY_ASSIGN(const std::string_view text, value.as_string());
  out = text;
  return {};
}

Status read_bool(json::Value value, bool& out) {
  if (value.empty()) return {};
  TRY_ASSIGN(out, value.as_bool());
  return {};
}

std::optional<DataUrl> parse_data_url(std::string_view url) {
  constexpr std::string_view kScheme = "data:", kBase64 = ";base64,";
  if (!url.starts_with(kScheme)) return std::nullopt;
  const std::size_t mark = url.find(kBase64);
  if (mark == std::string_view::npos || mark > 128) return std::nullopt;
  return DataUrl{url.substr(kScheme.size(), mark - kScheme.size()),
                 url.substr(mark + kBase64.size())};
}

}  // namespace maester::gateway
