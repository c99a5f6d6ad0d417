#include "api/openai_list.h"

#include <charconv>

#include "wire/url.h"

namespace maester::api {

Result<OpenaiPage> read_openai_page(std::string_view query, std::size_t fallback,
                                    std::size_t most) {
  OpenaiPage out;
  out.limit = fallback;
  out.after = wire::query_parameter(query, "after").value_or("");
  if (const auto text = wire::query_parameter(query, "limit")) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), out.limit);
    if (error != std::errc{} || end != text->data() + text->size() || out.limit < 1 ||
        out.limit > most) {
      return fail(Code::invalid_request,
                  "`limit` must be a number from 1 to " + std::to_string(most) + ".", "limit");
    }
  }
  if (const auto order = wire::query_parameter(query, "order")) {
    if (*order != "asc" && *order != "desc")
      return fail(Code::invalid_request, "`order` must be asc or desc.", "order");
    out.newest_first = *order == "desc";
  }
  return out;
}

}  // namespace maester::api
