// Texts inside of XML and HTML. Pure.
#pragma once

#include <string>
#include <string_view>

namespace maester::text {

// & < > " ' as entities; all else as it is. Fit for a text and for an attribute in quotes.
std::string escape_markup(std::string_view text);
// The same for XML 1.0: line ends as &#10;, tabs as blanks, and U+FFFD for the control characters
// that it cannot write.
std::string escape_xml(std::string_view text);

}  // namespace maester::text
