#include "api/change.h"

#include <array>

#include "codec/json_object.h"

namespace maester::api {
namespace {

constexpr std::size_t kMaxReason = 4096;

}  // namespace

Result<access::By> read_by(const Context& context, json::Value body) {
  access::By by{actor_of(context), context.principal.role};
  TRY(json::read_text(body.get("reason"), kMaxReason, by.reason));
  const json::Value told = body.get("override");
  if (told.empty()) return by;
  static constexpr std::array<std::string_view, 1> kKnown{"reason"};
  TRY(json::only_known(told, kKnown));
  TRY(json::read_text(told.get("reason"), kMaxReason, by.override_reason));
  if (by.override_reason.empty())
    return fail(Code::invalid_request,
                "An override needs its reason: `{\"override\": {\"reason\": "
                "\"..\"}}`.",
                "override.reason");
  return by;
}

}  // namespace maester::api
