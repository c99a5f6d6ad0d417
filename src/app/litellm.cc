#include "app/litellm.h"

#include <charconv>

#include "app/litellm_model.h"
#include "base/money.h"
#include "codec/decimal.h"
#include "codec/json.h"

namespace maester::app {

std::string litellm_reference(std::string_view text) {
  constexpr std::string_view kPrefix = "os.environ/";
  if (!text.starts_with(kPrefix)) return std::string(text);
  return "${env:" + std::string(text.substr(kPrefix.size())) + "}";
}

std::optional<std::string> litellm_price(std::string_view per_token) {
  const auto doc = json::Document::parse(per_token);
  if (!doc || !doc->root().is_number()) return std::nullopt;
  // canonical() is DIGITSeEXPONENT.
  const std::string canonical = json::Decimal::parse(per_token).canonical();
  const std::size_t e = canonical.find('e');
  const std::string digits = canonical.substr(0, e);
  if (canonical.size() > 40) return std::nullopt;
  int exponent = 0;
  std::from_chars(canonical.data() + e + 1, canonical.data() + canonical.size(), exponent);
  const std::string price =
      json::Decimal::parse(digits + "e" + std::to_string(exponent + 6)).to_string();
  bool rounded = false;
  const auto amount = FemtoUsd::parse(price, &rounded);
  if (!amount || rounded || *amount < FemtoUsd{} || amount->units() % 1'000'000 != 0)
    return std::nullopt;
  return price;
}

Result<LitellmImport> import_litellm(std::string_view yaml) {
  TRY_ASSIGN(LitellmModel model, read_litellm(yaml));
  LitellmImport out;
  out.toml = write_litellm(model);
  out.notes = std::move(model.notes);
  out.calls = std::move(model.calls);
  return out;
}

}  // namespace maester::app
