#include "evals/datasets/recorded.h"

#include <future>

#include "codec/json_writer.h"
#include "evals/datasets/case_json.h"
#include "gateway/pipeline/capture.h"

namespace maester::evals {
namespace {

constexpr std::size_t kPage = 1'000;
// So many requests are looked at for one selection.
constexpr std::size_t kMostLooked = 1'000'000;

// The members of a recorded body that are not its messages: tools, temperature, ...
std::string parameters_of(json::Value body) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  for (const json::Value one : body) {
    const std::string_view key = one.key();
    if (key != "messages" && key != "model" && key != "stream" && key != "stream_options" &&
        key != "maester" && key != "user")
      w.raw_field(key, one.raw());
  }
  w.end_object();
  return out == "{}" ? std::string() : out;
}

// Of the messages as they were sent, those behind the prompt's.
std::string messages_after(json::Value messages, std::size_t skipped) {
  if (messages.size() <= skipped) return {};
  std::string out;
  json::Writer w(out);
  w.begin_array();
  std::size_t i = 0;
  for (const json::Value one : messages) {
    if (i++ >= skipped) w.raw(one.raw());
  }
  w.end_array();
  return out;
}

bool is_uuid(std::string_view text) {
  return Uuid::parse(text).has_value();
}

}  // namespace

Status RecordedRequests::catch_up() {
  // Shared: it must outlive the end of set_value() on the projection's thread.
  const auto promise = std::make_shared<std::promise<Status>>();
  auto done = promise->get_future();
  usage_.catch_up(journal_.written(),
                  [promise](Status status) { promise->set_value(std::move(status)); });
  return done.get();
}

Result<std::string> RecordedRequests::receipt(const meter::RequestRow& row) {
  TRY_ASSIGN(const store::Record record, journal_.read_at(row.settlement));
  TRY_ASSIGN(meter::Settlement settlement, meter::decode_settlement(record.payload));
  return std::move(settlement.receipt);
}

Result<bool> RecordedRequests::fits(const std::string& tenant, const RequestFilter& filter,
                                    const meter::RequestRow& row, Selected& out) {
  const meter::Dimensions& is = row.dimensions;
  const auto same = [](const std::string& wanted, const std::string& given) {
    return wanted.empty() || wanted == given;
  };
  if ((filter.from && row.at < *filter.from) || (filter.to && row.at >= *filter.to)) return false;
  if (!same(filter.prompt, is.prompt_name) || !same(filter.prompt_version, is.prompt_version) ||
      !same(filter.model, is.model) || !same(filter.route, is.route) ||
      !same(filter.key_id, is.key_id) || !same(filter.user, is.user))
    return false;
  if (filter.outcome && row.outcome != *filter.outcome) return false;
  if (filter.status && row.status != *filter.status) return false;
  if (!filter.feedback_name.empty()) {
    TRY_ASSIGN(const auto given, usage_.tenant(tenant).feedback(tenant, row.request_id));
    const meter::Feedback* last = nullptr;  // a later word takes the place of an earlier one
    for (const meter::Feedback& one : given) {
      if (one.name == filter.feedback_name) last = &one;
    }
    if (last == nullptr || (!filter.feedback_value.empty() && last->value != filter.feedback_value))
      return false;
    out.feedback.emplace(row.request_id, last->id);
  }
  TRY_ASSIGN(const std::string text, receipt(row));
  const auto document = json::Document::parse(text);
  if (!document) return filter.request_ids.empty() ? false : true;
  const json::Value root = document->root();
  if (filter.request_ids.empty()) {
    if (root.get("purpose").string_or("") != filter.purpose) return false;
    if (filter.purpose.empty() &&
        (root.get("replay_of").exists() || root.get("shadow_of").exists() ||
         root.get("judges_for").exists()))
      return false;
  }
  for (const auto& [name, value] : filter.metadata) {
    if (root.get("metadata").get(name).string_or("") != value) return false;
  }
  return true;
}

Result<RecordedRequests::Selected> RecordedRequests::select(const std::string& tenant,
                                                            const RequestFilter& filter) {
  TRY(catch_up());
  Selected out;
  if (!filter.request_ids.empty()) {
    for (const std::string& id : filter.request_ids) {
      if (!is_uuid(id))
        return fail(Code::not_found, "There is no request with this id.", "requests");
      TRY_ASSIGN(meter::RequestRow row, usage_.tenant(tenant).find(id));
      TRY_ASSIGN(const bool wanted, fits(tenant, filter, row, out));
      if (wanted) out.rows.push_back(std::move(row));
    }
    return out;
  }
  meter::RequestQuery query{.limit = kPage,
                            .before = {},
                            .outcome = filter.outcome,
                            .model = filter.model,
                            .key_id = filter.key_id};
  for (std::size_t looked = 0; looked < kMostLooked;) {
    TRY_ASSIGN(std::vector<meter::RequestRow> page, usage_.tenant(tenant).requests(query));
    for (meter::RequestRow& row : page) {
      // Ids sort by the time at which requests came; some slack for those that took long.
      if (filter.from && row.at + std::chrono::hours(1) < *filter.from) return out;
      TRY_ASSIGN(const bool wanted, fits(tenant, filter, row, out));
      if (!wanted) continue;
      if (out.rows.size() == filter.limit) {
        out.more = true;
        return out;
      }
      out.rows.push_back(std::move(row));
    }
    if (page.size() < kPage) return out;
    looked += page.size();
    query.before = page.back().request_id;
  }
  out.more = true;
  return out;
}

Result<Recorded> RecordedRequests::open(const std::string& tenant, const meter::RequestRow& row) {
  if (!row.capture) {
    return fail(Code::replay_not_captured,
                "The bodies of this request were not kept. Set `[capture] replay = \"full\"` to "
                "keep them from now on.");
  }
  TRY_ASSIGN(const store::Record record, journal_.read_at(*row.capture));
  TRY_ASSIGN(const meter::Capture capture, meter::decode_capture(record.payload));
  TRY_ASSIGN(const std::string text,
             vault_.open_sealed(gateway::capture_place(tenant, row.request_id), capture.sealed));
  Recorded out;
  out.row = row;
  TRY_ASSIGN(out.capture, json::Document::parse(text));
  TRY_ASSIGN(const std::string told, receipt(row));
  if (const auto document = json::Document::parse(told); document) {
    const json::Value ms = document->root().get("timing").get("model_ms");
    out.latency_ms = static_cast<std::int64_t>(ms.as_double().value_or(0));
  }
  return out;
}

Result<Recorded> RecordedRequests::open(const std::string& tenant, std::string_view request_id) {
  TRY_ASSIGN(const meter::RequestRow row, usage_.tenant(tenant).find(request_id));
  return open(tenant, row);
}

Result<Case> RecordedRequests::make_case(const std::string& tenant,
                                         const Recorded& recorded) const {
  const json::Value request = recorded.record().get("request");
  const json::Value body = recorded.replay().get("body");
  const json::Value messages = body.get("messages");
  if (!messages.is_array() || messages.size() == 0)
    return fail(Code::unprocessable, "The request was no chat.");
  Case out;
  out.state = CaseState::pending;
  out.source.request_id = recorded.row.request_id;
  out.messages = messages.raw();
  out.parameters = parameters_of(body);
  const std::string_view prompt = request.get("prompt_name").string_or("");
  if (!prompt.empty()) {
    out.vars = request.get("variables").is_object() ? request.get("variables").raw() : "{}";
    const auto version = prompts_.resolve(
        tenant, prompt, {std::string(request.get("prompt_version").string_or("")), {}});
    if (version) out.own_messages = messages_after(messages, (*version)->messages.size());
  }
  // What was checked then is what is right now, in the words of suites.
  if (const json::Value checks = recorded.replay().get("checks");
      checks.is_array() && checks.size() > 0 && check_assertions(checks.raw(), "checks")) {
    out.assertions = checks.raw();
  }
  return out;
}

Result<RecordedRequests::Cases> RecordedRequests::cases(const std::string& tenant,
                                                        const RequestFilter& filter) {
  TRY_ASSIGN(const Selected selected, select(tenant, filter));
  Cases out;
  out.more = selected.more;
  for (const meter::RequestRow& row : selected.rows) {
    auto recorded = open(tenant, row);
    if (!recorded) {
      if (recorded.error().code != Code::replay_not_captured) return fail(recorded.error());
      out.not_captured.push_back(row.request_id);
      continue;
    }
    auto made = make_case(tenant, *recorded);
    if (!made) {
      out.not_usable.push_back(row.request_id);
      continue;
    }
    if (const auto found = selected.feedback.find(row.request_id); found != selected.feedback.end())
      made->source.feedback = found->second;
    out.cases.push_back(std::move(*made));
  }
  return out;
}

}  // namespace maester::evals
