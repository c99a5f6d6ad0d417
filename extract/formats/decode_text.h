// decode() for readers: a warning where the encoding is a guess, a refusal where there is none.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "extract/formats/text_writer.h"

namespace maester::extract {

Result<std::string> decode_text(std::string_view bytes, std::string_view charset, TextWriter& out);

}  // namespace maester::extract
