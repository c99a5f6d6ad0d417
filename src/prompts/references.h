// Prompts inside prompts: `{@name}`, `{@name:label}`, `{@name@version}` in a template stand for the
// text of another prompt. A push pins each to the version that it means at that moment and keeps
// the text beside it, so that a version renders alike for ever, whatever becomes of labels.
//
// `{@` was no placeholder before (a name begins with a letter or `_`): no stored template changes
// its meaning. `{{@` stands for a brace, as everywhere.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "prompts/prompt.h"

namespace maester::prompts {

// A version or a label, or neither (production, else the latest).
struct ReferenceTarget {
  std::string prompt, version, label;
};

// Code::not_found when there is none.
using FindPrompt =
    std::function<Result<std::shared_ptr<const PromptVersion>>(const ReferenceTarget&)>;

// Rewrites the references of a push to the versions that they mean, and puts the text with all of
// them replaced beside it. Fails with
//   unprocessable  a malformed reference (with its position); one to a chat; one to this prompt
//                  itself, also by way of others (the way is told); more than kMaxReferenceDepth
//                  deep
//   not_found      a prompt, version or label that is not there
//   too_large      more than kMaxReferences
Status pin_references(NewVersion& pushed, const FindPrompt& find);

}  // namespace maester::prompts
