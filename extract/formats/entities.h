// HTML's character references where no HTML parser is at hand (Markdown).
#pragma once

#include <string>
#include <string_view>

namespace maester::extract {

// "&amp;", "&#8364;", "&#x20ac;" as UTF-8; what is unknown stays as it stands.
std::string decode_entity(std::string_view entity);

}  // namespace maester::extract
