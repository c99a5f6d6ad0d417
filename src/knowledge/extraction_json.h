// The maps of an extraction as JSON: kept beside its text, and a part of what is told of a
// document.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "ingest/extraction.h"

namespace maester::knowledge {

// All but the text.
std::string write_maps(const ingest::Extraction& extraction);
// Code::corrupt when a range does not lie in the text.
Result<ingest::Extraction> read_maps(std::string_view maps, std::string text);

// What a person is told: characters, pages, warnings, what read it and cut it.
std::string write_report(const ingest::Extraction& extraction, std::size_t chunks);

}  // namespace maester::knowledge
