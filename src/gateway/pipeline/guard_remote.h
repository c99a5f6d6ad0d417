// Rules that ask somebody else: a configured model (an ordinary call of Maester's own: reserved,
// metered, with a receipt), or a webhook through the one egress dialer. Private to the guard
// stages.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/guard/policy.h"
#include "gateway/pipeline/call.h"
#include "gateway/pipeline/services.h"
#include "runtime/core.h"

namespace maester::gateway {

using RoleTexts = std::vector<std::pair<std::string_view, std::string_view>>;  // role, text

// The texts of a request, an answer's. Views into them.
RoleTexts texts_of(const Call& call);
RoleTexts texts_of(const ChatResponse& response);

// Asks every remote rule of the phase in turn. Code::unprocessable when one that blocks says no;
// Code::overloaded when one that may not be passed over did not answer in time: both are reported.
// Suspends.
runtime::Task<Status> ask_remote(Call& call, const Services& services, const guard::Phase& phase,
                                 std::string_view name, RoleTexts texts);

}  // namespace maester::gateway
