#include "app/interpolate.h"

#include <algorithm>
#include <utility>

namespace maester::app {
namespace {

bool is_variable_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

Result<std::pair<std::string, Origin>> look_up(std::string_view reference,
                                               const Environment& environment) {
  constexpr std::string_view kEnv = "env:", kFile = "file:";
  if (reference.starts_with(kEnv) && is_variable_name(reference.substr(kEnv.size()))) {
    const std::string_view name = reference.substr(kEnv.size());
    auto value = environment.variable(name);
    if (!value || value->empty()) {
      return fail(Code::invalid_request, "environment variable `" + std::string(name) +
                                             "` is not set; set it, or check "
                                             "with --no-secrets");
    }
    return std::pair{std::move(*value), Origin::env};
  }
  if (reference.starts_with(kFile) && reference.size() > kFile.size()) {
    auto value = environment.file(std::string(reference.substr(kFile.size())));
    if (!value) return fail(std::move(value).error());
    return std::pair{std::move(*value), Origin::secret_file};
  }
  return fail(Code::invalid_request,
              "`${" + std::string(reference.substr(0, 64)) +
                  "}` is not a reference; write `${env:NAME}` or `${file:PATH}`");
}

}  // namespace

Result<Interpolated> interpolate(std::string_view source, const Environment& environment) {
  Interpolated out;
  std::size_t at = 0;
  while (at < source.size()) {
    const std::size_t open = source.find("${", at);
    if (open == std::string_view::npos) break;
    out.text += source.substr(at, open - at);
    const std::size_t close = source.find('}', open);
    if (close == std::string_view::npos) {
      return fail(Code::invalid_request, "`${` without its `}`");
    }
    TRY_ASSIGN(auto value, look_up(source.substr(open + 2, close - open - 2), environment));
    out.text += value.first;
    out.origin = value.second;
    at = close + 1;
  }
  out.text += source.substr(at);
  return out;
}

}  // namespace maester::app
