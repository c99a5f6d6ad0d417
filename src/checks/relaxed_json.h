// JSON as models write it in running text: keys and texts without quotes or in single ones, a comma
// too many, comments, the end cut off. Private to checks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace maester::checks {

// The objects that stand in `text`, as strict JSON, in order; an object inside of one that was
// found is not told again. Looks at every `{`; an object may span 100,000 characters. At most
// `most`. What promptfoo's contains-json finds by reading YAML from each brace.
std::vector<std::string> find_objects(std::string_view text, std::size_t most = 1000);

}  // namespace maester::checks
