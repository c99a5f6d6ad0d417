#include "api/body.h"

#include <charconv>

#include "codec/json_object.h"
#include "wire/url.h"

namespace maester::api {

runtime::Task<Result<json::Document>> read_object(Context& context,
                                                  std::span<const std::string_view> known) {
  auto reading = context.request.read_body(1u << 20);
  CO_TRY_ASSIGN(const std::string body, co_await std::move(reading));
  CO_TRY_ASSIGN(json::Document document, json::Document::parse(body.empty() ? "{}" : body));
  CO_TRY(json::only_known(document.root(), known));
  co_return document;
}

Result<std::size_t> read_limit(std::string_view query) {
  const auto text = wire::query_parameter(query, "limit");
  if (!text) return std::size_t{50};
  std::size_t limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  if (error != std::errc{} || end != text->data() + text->size() || limit < 1 || limit > 500) {
    return fail(Code::invalid_request, "`limit` must be a number from 1 to 500.", "limit");
  }
  return limit;
}

}  // namespace maester::api
