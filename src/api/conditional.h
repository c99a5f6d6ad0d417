// Answers that a client may keep and ask about again (RFC 9110 §13, RFC 9111).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/route.h"

namespace maester::api {

// `"` + 32 hexadecimal digits of the SHA-256 of the text + `"`.
std::string etag_of_text(std::string_view text);

// Gives the answer its ETag and Cache-Control. Where If-None-Match names that ETag (or is `*`) it
// becomes 304 without a body.
Answer conditional(const Context& context, Answer answer, std::string_view cache_control);

// What If-Match (an ETag) or `If-None-Match: *` (nothing may be there: "") expects, without the
// quotes; nullopt when neither was sent. Code::invalid_request for anything else.
Result<std::optional<std::string>> expected_etag(const Context& context);

}  // namespace maester::api
