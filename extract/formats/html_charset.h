// The charset that an HTML document declares for itself.
#pragma once

#include <string>
#include <string_view>

namespace maester::extract {

// Of <meta charset=...>, <meta ... content="...; charset=..."> or <?xml encoding="..."?>, wherever
// it stands (browsers look at 1,024 bytes; documents declare it later). "" = none.
std::string meta_charset(std::string_view bytes);

}  // namespace maester::extract
