// /v1/feedback: what people and programs say of an answer afterwards, kept in the journal beside
// the request.
#include "api/feedback.h"

#include <array>

#include "api/answers.h"
#include "api/body.h"
#include "api/handlers.h"
#include "api/ledger_read.h"
#include "meter/records.h"
#include "store/journal.h"
#include "wire/url.h"

namespace maester::api {
namespace {

constexpr std::size_t kMaxName = 128;
constexpr std::size_t kMaxValue = 1'024;
constexpr std::size_t kMaxComment = 8u << 10;

Result<meter::Feedback> read_feedback(json::Value body) {
  meter::Feedback out;
  TRY_ASSIGN(out.request_id, body.get("request_id").as_string());
  TRY_ASSIGN(out.name, body.get("name").as_string());
  if (out.name.empty() || out.name.size() > kMaxName)
    return fail(Code::invalid_request, "`name` must have 1 to 128 bytes.", "name");
  const json::Value value = body.get("value");
  if (!(value.is_number() || value.is_bool() || value.is_string()) ||
      value.raw().size() > kMaxValue) {
    return fail(Code::invalid_request,
                "`value` must be a number, a boolean or a string of up to 1,024 bytes.", "value");
  }
  out.value = value.raw();
  if (const json::Value comment = body.get("comment"); !comment.empty()) {
    TRY_ASSIGN(out.comment, comment.as_string());
    if (out.comment.size() > kMaxComment)
      return fail(Code::invalid_request, "`comment` may have 8 KiB.", "comment");
  }
  return out;
}

}  // namespace

void write_feedback(json::Writer& w, const meter::Feedback& feedback) {
  w.begin_object().field("id", feedback.id).field("request_id", feedback.request_id);
  w.field("name", feedback.name).raw_field("value", feedback.value);
  w.optional_field("comment", feedback.comment).optional_field("source", feedback.source);
  w.field("created_at", format_rfc3339(feedback.at)).end_object();
}

runtime::Task<Result<Answer>> give_feedback(Context& context) {
  static constexpr std::array<std::string_view, 4> kKnown{"request_id", "name", "value", "comment"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(meter::Feedback feedback, read_feedback(document.root()));
  auto finding = find_request(context, feedback.request_id);
  CO_TRY(co_await std::move(finding));
  runtime::Core& core = *runtime::Core::current();
  feedback.id = core.ids().uuid().to_string();
  feedback.tenant = context.principal.tenant;
  feedback.at = context.deps.clock.wall();
  const std::string payload = meter::encode(feedback);
  auto keeping = store::append_durably(context.deps.journal, core.index(),
                                       store::RecordKind::feedback, payload, nullptr);
  CO_TRY(co_await std::move(keeping));
  co_return object_answer(feedback, write_feedback, 201);
}

runtime::Task<Result<Answer>> list_feedback(Context& context) {
  const std::string request_id =
      wire::query_parameter(context.request.query(), "request_id").value_or("");
  if (request_id.empty())
    co_return fail(Code::invalid_request, "Say of which request: ?request_id=.", "request_id");
  auto finding = find_request(context, request_id);
  CO_TRY(co_await std::move(finding));
  auto reading = read_ledger(
      context, [&] { return reader_of(context).feedback(context.principal.tenant, request_id); });
  CO_TRY_ASSIGN(const auto given, co_await std::move(reading));
  co_return list_answer(given, write_feedback);
}

}  // namespace maester::api
