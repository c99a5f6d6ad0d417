// One text for JSON values that differ only in white space, in the order of their members or in how
// their strings are escaped: what a hash of a request is taken over. Members are sorted by the
// bytes of their keys. Numbers keep their text, so 1 and 1.0 are two. After RFC 8785, but for the
// numbers.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "codec/json.h"

namespace maester::json {

// Appends the text of `value`; an absent value appends nothing. Of the value's own members those
// named in `leave_out` are passed over. Recursive in the depth, which the Document's limits bound.
void append_canonical(std::string& out, const Value& value,
                      std::span<const std::string_view> leave_out = {});

}  // namespace maester::json
