// A request's prompt out of the registry: chosen once, rendered, put in front of the caller's own
// messages, its settings where the caller was silent.
#pragma once

#include "base/result.h"
#include "gateway/pipeline/call.h"
#include "prompts/registry.h"

namespace maester::gateway {

// Whom a split label is sticky to: the user, else the request itself.
std::string_view sticky_key_of(const Call& call);

// What the call uses of the registry's answer, for the receipt.
void tell_prompt(Call& call, const prompts::Chosen& chosen, prompts::Rendered& rendered);

// Nothing when no prompt was asked for. Where the prompt, version or label is not there and the
// caller sent a fallback, that is rendered in its place. Errors of choose() and render().
Status apply_prompt(Call& call, const prompts::Registry& registry);

}  // namespace maester::gateway
