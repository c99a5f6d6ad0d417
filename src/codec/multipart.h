// multipart/form-data (RFC 7578) of a body that is there whole. Pure; the parts are views into it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace maester::multipart {

struct Part {
  std::string name;          // of the form's field
  std::string file_name;     // "" = none; as sent: a name to show, never a path
  std::string content_type;  // "" = not said
  std::string_view content;
};

// The boundary of a content-type header; "" when the header is not multipart/form-data with one.
std::string boundary_of(std::string_view content_type);

// Code::invalid_request for a body that is not as its boundary says, or has more than `max_parts`.
Result<std::vector<Part>> parse(std::string_view body, std::string_view boundary,
                                std::size_t max_parts = 1'000);

}  // namespace maester::multipart
