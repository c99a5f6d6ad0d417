// What may be the name of a label that is set. Private to the module.
#pragma once

#include <string_view>

#include "base/result.h"
#include "prompts/prompt.h"

namespace maester::prompts {

inline Status check_label(std::string_view label) {
  TRY(check_name("label", label));
  if (label != "latest") return {};
  return fail(Code::invalid_request,
              "The label `latest` always stands for the last version; choose another name.",
              "label");
}

}  // namespace maester::prompts
