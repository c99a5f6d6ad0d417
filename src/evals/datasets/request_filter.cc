// A filter of requests, as it is sent.
#include <array>

#include "codec/json_object.h"
#include "evals/datasets/recorded.h"

namespace maester::evals {
namespace {

Status read_time(json::Value value, std::optional<WallTime>& out) {
  if (value.empty()) return {};
  out = parse_rfc3339(value.string_or(""));
  if (out) return {};
  return fail(Code::invalid_request,
              "`" + value.path() + "` must be a time such as 2026-11-20T12:00:00Z, or a day.",
              value.path());
}

Status read_outcome(json::Value value, std::optional<meter::Outcome>& out) {
  if (value.empty()) return {};
  for (const meter::Outcome one : {meter::Outcome::settled, meter::Outcome::interrupted,
                                   meter::Outcome::failed, meter::Outcome::blocked}) {
    if (meter::to_string(one) == value.string_or("")) out = one;
  }
  if (out) return {};
  return fail(Code::invalid_request,
              "`" + value.path() + "` must be settled, interrupted, failed or blocked.",
              value.path());
}

Status read_ids(json::Value value, std::vector<std::string>& out) {
  if (value.empty()) return {};
  if (!value.is_array() || value.size() == 0 || value.size() > kMaxRequests) {
    return fail(Code::invalid_request,
                "`" + value.path() + "` must be an array of 1 to 10,000 request ids.",
                value.path());
  }
  for (const json::Value one : value) {
    TRY_ASSIGN(const std::string_view id, one.as_string());
    out.emplace_back(id);
  }
  return {};
}

Status read_feedback_filter(json::Value value, RequestFilter& out) {
  if (value.empty()) return {};
  static constexpr std::array<std::string_view, 2> kKnown{"name", "value"};
  TRY(json::only_known(value, kKnown));
  TRY_ASSIGN(out.feedback_name, value.get("name").as_string());
  if (!value.get("value").empty()) out.feedback_value = value.get("value").raw();
  return {};
}

}  // namespace

Result<RequestFilter> read_request_filter(json::Value value) {
  static constexpr std::array<std::string_view, 14> kKnown{
      "request_ids", "from", "to",      "prompt", "prompt_version", "model",    "route",
      "key_id",      "user", "outcome", "status", "feedback",       "metadata", "limit"};
  TRY(json::only_known(value, kKnown));
  RequestFilter out;
  TRY(read_ids(value.get("request_ids"), out.request_ids));
  TRY(read_time(value.get("from"), out.from));
  TRY(read_time(value.get("to"), out.to));
  TRY(json::read_text(value.get("prompt"), 128, out.prompt));
  TRY(json::read_text(value.get("prompt_version"), 128, out.prompt_version));
  TRY(json::read_text(value.get("model"), 256, out.model));
  TRY(json::read_text(value.get("route"), 256, out.route));
  TRY(json::read_text(value.get("key_id"), 128, out.key_id));
  TRY(json::read_text(value.get("user"), 512, out.user));
  TRY(read_outcome(value.get("outcome"), out.outcome));
  if (const json::Value status = value.get("status"); !status.empty()) {
    TRY_ASSIGN(out.status, status.as_int());
  }
  TRY(read_feedback_filter(value.get("feedback"), out));
  if (const json::Value metadata = value.get("metadata"); !metadata.empty()) {
    if (!metadata.is_object())
      return fail(Code::invalid_request, "`metadata` must be an object of texts.", metadata.path());
    for (const json::Value one : metadata) {
      TRY_ASSIGN(const std::string_view text, one.as_string());
      out.metadata.emplace(one.key(), text);
    }
  }
  if (const json::Value limit = value.get("limit"); !limit.empty()) {
    TRY_ASSIGN(const std::int64_t most, limit.as_int());
    if (most < 1 || most > static_cast<std::int64_t>(kMaxRequests)) {
      return fail(Code::invalid_request, "`limit` must be a number from 1 to 10,000.",
                  limit.path());
    }
    out.limit = static_cast<std::size_t>(most);
  }
  return out;
}

}  // namespace maester::evals
