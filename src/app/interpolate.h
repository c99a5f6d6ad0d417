// `${env:NAME}` and `${file:PATH}` in configuration strings. One pass: what was put in is not
// looked at again.
#pragma once

#include <string>
#include <string_view>

#include "app/config.h"

namespace maester::app {

struct Interpolated {
  std::string text;
  Origin origin = Origin::file;  // env or secret_file when something was put in
};

// Fails with Code::invalid_request naming the variable, the file or the malformed reference. Never
// quotes a secret.
Result<Interpolated> interpolate(std::string_view source, const Environment& environment);

}  // namespace maester::app
