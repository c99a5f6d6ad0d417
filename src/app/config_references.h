// The secrets in a configuration's text: shown masked, and which references to them stand where.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "app/config.h"

namespace maester::app {

// What stands for a secret that was written out. Refused when it comes back.
inline constexpr std::string_view kMaskedSecret = "(secret)";

// The text with every secret that stands in it literally replaced by kMaskedSecret; references stay
// references, comments and layout stay as they are. Code::unprocessable for a text that cannot be
// read, because nothing is known of its secrets then.
Result<std::string> mask_secrets(std::string_view toml);

// What the text reads from outside itself and where it puts it: `${env:..}`, `${file:..}` and paths
// of files, each with its setting, for a provider with the address that it would be sent to.
std::set<std::string> references_of(std::string_view toml);

// What of `next` may not come over the API when `running` is in force: a caller who could place a
// new reference, or move one to another setting or address, could read the server's environment and
// files. Empty when all is well.
Problems foreign_references(std::string_view next, std::string_view running,
                            const std::string& file_name);

}  // namespace maester::app
