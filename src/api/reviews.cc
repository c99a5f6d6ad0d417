// /v1/reviews: what people are to look at, and what they say.
#include <cmath>

#include "api/answers.h"
#include "api/body.h"
#include "api/handlers.h"
#include "api/ledger_read.h"
#include "codec/json_writer.h"
#include "evals/live/watcher.h"
#include "evals/reviews/agreement.h"
#include "meter/records.h"
#include "wire/url.h"

namespace maester::api {
namespace {

using evals::Review;
using runtime::Task;

constexpr std::size_t kMaxLabel = 64;
constexpr std::size_t kMaxText = 64u << 10;
constexpr std::size_t kAgreementReviews = 10'000;  // the newest

double of_millionths(std::int64_t number) {
  return static_cast<double>(number) / 1e6;
}

void write_label(json::Writer& w, const evals::ReviewLabel& label) {
  w.begin_object().field("reviewer", label.reviewer).field("label", label.label);
  if (label.score) w.field("score", of_millionths(*label.score));
  w.optional_field("comment", label.comment).optional_field("correction", label.correction);
  w.field("at", format_rfc3339(label.at)).end_object();
}

// Without its end.
void begin_review(json::Writer& w, const Review& review) {
  w.begin_object().field("id", review.id).field("request_id", review.request_id);
  w.field("origin", to_string(review.origin)).optional_field("source", review.source);
  w.optional_field("reason", review.reason).optional_field("prompt", review.prompt);
  w.optional_field("model", review.model).field("state", to_string(review.state));
  w.optional_field("assignee", review.assignee).field("reviewers_needed", review.needed);
  w.key("verdicts").begin_array();
  for (const evals::GraderVerdict& one : review.verdicts) {
    w.begin_object().field("grader", one.grader).field("passed", one.passed);
    w.field("score", of_millionths(one.score)).end_object();
  }
  w.end_array().field("created_at", format_rfc3339(review.created_at));
  w.field("updated_at", format_rfc3339(review.updated_at));
}

void write_review(json::Writer& w, const Review& review) {
  begin_review(w, review);
  w.key("labels").begin_array();
  for (const evals::ReviewLabel& label : review.labels) write_label(w, label);
  w.end_array().end_object();
}

Answer review_answer(const Review& review, int status = 200) {
  return object_answer(review, write_review, status);
}

Result<evals::ReviewLabel> read_label(json::Value body) {
  evals::ReviewLabel out;
  TRY_ASSIGN(const std::string_view label, body.get("label").as_string());
  if (label.empty() || label.size() > kMaxLabel)
    return fail(Code::invalid_request, "`label` has 1 to 64 bytes.", "label");
  out.label = label;
  if (const json::Value score = body.get("score"); !score.empty()) {
    TRY_ASSIGN(const double number, score.as_double());
    if (!(number >= 0 && number <= 1))
      return fail(Code::invalid_request, "`score` is a number from 0 to 1.", "score");
    out.score = std::llround(number * 1e6);
  }
  for (const auto& [name, to] :
       {std::pair{"comment", &out.comment}, std::pair{"correction", &out.correction}}) {
    const json::Value text = body.get(name);
    if (text.empty()) continue;
    TRY_ASSIGN(const std::string_view given, text.as_string());
    if (given.size() > kMaxText)
      return fail(Code::invalid_request, "`" + std::string(name) + "` may have 64 KiB.", name);
    *to = given;
  }
  return out;
}

void optional_number(json::Writer& w, std::string_view name, std::optional<double> value) {
  w.key(name);
  value ? w.value(*value) : w.null();
}

void write_graders(json::Writer& w, const evals::Agreement& found) {
  w.key("graders").begin_array();
  for (const evals::GraderAgreement& one : found.graders) {
    w.begin_object().field("grader", one.grader).field("rated", one.rated());
    w.field("both_pass", one.both_pass).field("both_fail", one.both_fail);
    w.field("only_grader_passed", one.only_grader_passed);
    w.field("only_people_passed", one.only_people_passed);
    optional_number(w, "kappa", one.kappa);
    w.end_object();
  }
  w.end_array();
}

// With what was asked and answered, where that was kept.
Task<Result<Answer>> with_capture(Context& context, const Review& review) {
  Answer answer = review_answer(review);
  auto opening = open_capture(context, review.request_id);
  const auto capture = co_await std::move(opening);
  if (!capture) co_return answer;
  CO_TRY_ASSIGN(const json::Document kept, json::Document::parse(*capture));
  answer.body.pop_back();
  answer.body += ",\"captured\":" + std::string(kept.root().get("record").raw()) + "}";
  co_return answer;
}

template <class Work>
Task<Result<Answer>> changed(Context& context, Work work) {
  auto running = context.deps.knowledge.run(std::move(work));
  CO_TRY_ASSIGN(const Review review, co_await std::move(running));
  co_return review_answer(review);
}

}  // namespace

Task<Result<Answer>> list_reviews(Context& context) {
  const std::string_view query = context.request.query();
  evals::ReviewStore::Query wanted;
  CO_TRY_ASSIGN(wanted.limit, read_limit(query));
  wanted.cursor = wire::query_parameter(query, "cursor").value_or("");
  wanted.assignee = wire::query_parameter(query, "assignee").value_or("");
  if (const auto state = wire::query_parameter(query, "state")) {
    wanted.state = evals::parse_review_state(*state);
    if (!wanted.state) {
      co_return fail(Code::invalid_request, "`state` must be open, assigned, done or dismissed.",
                     "state");
    }
  }
  // What was answered before this request is in the queue.
  auto reading = read_ledger(
      context, [&] { return context.deps.reviews.list(context.principal.tenant, wanted); });
  CO_TRY_ASSIGN(const evals::ReviewStore::Page page, co_await std::move(reading));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const Review& review : page.reviews) {
    begin_review(w, review);
    w.end_object();
  }
  w.end_array().key("next_cursor");
  page.next_cursor.empty() ? w.null() : w.value(page.next_cursor);
  w.end_object();
  co_return answer;
}

Task<Result<Answer>> create_review(Context& context) {
  static constexpr std::array<std::string_view, 3> kKnown{"request_id", "reason", "reviewers"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  const json::Value body = document.root();
  CO_TRY_ASSIGN(const std::string_view given, body.get("request_id").as_string());
  const std::string request_id(given);  // outlives the look-up
  const std::int64_t reviewers = body.get("reviewers").int_or(1);
  if (reviewers < 1 || reviewers > 20)
    co_return fail(Code::invalid_request, "`reviewers` is a number from 1 to 20.", "reviewers");
  auto finding = find_request(context, request_id);
  CO_TRY_ASSIGN(const meter::RequestRow row, co_await std::move(finding));
  auto work = [&]() -> Result<Review> {
    TRY_ASSIGN(const store::Record record, context.deps.journal.read_at(row.settlement));
    TRY_ASSIGN(const meter::Settlement settlement, meter::decode_settlement(record.payload));
    Review review = evals::review_of(settlement, evals::ReviewOrigin::manual);
    review.reason = body.get("reason").string_or(review.reason);
    review.needed = reviewers;
    return context.deps.reviews.add(std::move(review));
  };
  auto adding = context.deps.knowledge.run(work);
  CO_TRY_ASSIGN(const Review review, co_await std::move(adding));
  co_return review_answer(review, 201);
}

Task<Result<Answer>> show_review(Context& context) {
  auto work = [&] {
    return context.deps.reviews.find(context.principal.tenant, context.parameters[0]);
  };
  auto reading = context.deps.knowledge.run(work);
  CO_TRY_ASSIGN(const Review review, co_await std::move(reading));
  auto showing = with_capture(context, review);
  co_return co_await std::move(showing);
}

Task<Result<Answer>> claim_review(Context& context) {
  auto reading = read_object(context, {});
  CO_TRY(co_await std::move(reading));
  auto catching_up = meter::caught_up(context.deps.usage, context.deps.journal);
  CO_TRY(co_await std::move(catching_up));
  auto work = [&] {
    return context.deps.reviews.claim(context.principal.tenant, context.principal.key_id);
  };
  auto claiming = context.deps.knowledge.run(work);
  CO_TRY_ASSIGN(const Review review, co_await std::move(claiming));
  auto showing = with_capture(context, review);
  co_return co_await std::move(showing);
}

Task<Result<Answer>> assign_review(Context& context) {
  static constexpr std::array<std::string_view, 2> kKnown{"assignee", "expected_assignee"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  const json::Value assignee = document.root().get("assignee");
  const std::string to(assignee.exists() ? assignee.string_or("")
                                         : std::string_view(context.principal.key_id));
  const json::Value expected = document.root().get("expected_assignee");
  auto work = [&] {
    return context.deps.reviews.assign(
        context.principal.tenant, context.parameters[0], to,
        expected.exists() ? std::optional(expected.string_or("")) : std::nullopt);
  };
  auto assigning = changed(context, work);
  co_return co_await std::move(assigning);
}

Task<Result<Answer>> label_review(Context& context) {
  static constexpr std::array<std::string_view, 4> kKnown{"label", "score", "comment",
                                                          "correction"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(evals::ReviewLabel label, read_label(document.root()));
  label.reviewer = context.principal.key_id;
  auto work = [&] {
    return context.deps.reviews.label(context.principal.tenant, context.parameters[0],
                                      std::move(label));
  };
  auto labelling = changed(context, work);
  co_return co_await std::move(labelling);
}

Task<Result<Answer>> dismiss_review(Context& context) {
  auto reading = read_object(context, {});
  CO_TRY(co_await std::move(reading));
  auto work = [&] {
    return context.deps.reviews.dismiss(context.principal.tenant, context.parameters[0]);
  };
  auto dismissing = changed(context, work);
  co_return co_await std::move(dismissing);
}

Task<Result<Answer>> review_agreement(Context& context) {
  auto work = [&]() -> Result<evals::Agreement> {
    TRY_ASSIGN(const auto reviews,
               context.deps.reviews.labelled(context.principal.tenant, kAgreementReviews));
    return evals::agreement_of(reviews);
  };
  auto reading = context.deps.knowledge.run(work);
  CO_TRY_ASSIGN(const evals::Agreement found, co_await std::move(reading));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().field("reviews", found.reviews).field("labels", found.ratings);
  optional_number(w, "krippendorff_alpha", found.alpha);
  w.key("reviewers").begin_array();
  for (const evals::PairAgreement& one : found.reviewers) {
    w.begin_object().field("first", one.first).field("second", one.second);
    w.field("both", one.both).field("agreed", one.agreed);
    optional_number(w, "kappa", one.kappa);
    w.end_object();
  }
  w.end_array();
  write_graders(w, found);
  w.end_object();
  co_return answer;
}

}  // namespace maester::api
