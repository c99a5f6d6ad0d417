// What HTML says, for the readers of formats that carry HTML.
#pragma once

#include <string_view>

#include "extract/formats/text_writer.h"

namespace maester::extract {

// The visible text of UTF-8 HTML, whole or a fragment. Never scripts, styles or what is hidden.
void write_html(std::string_view html, TextWriter& out);

}  // namespace maester::extract
