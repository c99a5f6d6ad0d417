#include "gateway/surfaces/inputs_common.h"

#include <array>
#include <charconv>

#include "gateway/pipeline/bound.h"
#include "gateway/surfaces/extension.h"
#include "gateway/surfaces/request_fields.h"

namespace maester::gateway {

Status take_inputs_options(Call& call, json::Value maester, std::string_view model,
                           std::string_view user) {
  for (const std::string_view name : {"prompt", "checks"}) {
    if (!maester.get(name).empty()) {
      const std::string path = "maester." + std::string(name);
      return invalid_field("`" + path + "` is about the text of an answer: there is none here.",
                           path);
    }
  }
  TRY(read_extension(maester, call.options));
  call.chat.model = model;
  call.chat.user = user;
  if (call.options.user.empty()) call.options.user = user;
  return {};
}

std::int64_t estimate_inputs(const Call& call) {
  return input_bound(call, call.resolution.targets.front()).value_or(0);
}

std::string shortest_text(float value) {
  std::array<char, 32> text;
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? std::string(text.data(), end) : "0";
}

}  // namespace maester::gateway
