#include "api/dataset_body.h"

#include <array>

#include "api/eval_services.h"
#include "codec/json_object.h"
#include "codec/multipart.h"
#include "evals/datasets/case_files.h"
#include "evals/datasets/case_json.h"

namespace maester::api {
namespace {

constexpr std::size_t kShownIds = 100;

Result<std::optional<evals::CaseState>> read_state(json::Value value) {
  if (value.empty()) return std::nullopt;
  if (const auto state = evals::parse_case_state(value.string_or(""))) return state;
  return fail(Code::invalid_request, "`state` must be approved, pending or quarantined.", "state");
}

Result<SentCases> read_form(std::string_view content_type, const std::string& body) {
  TRY_ASSIGN(const auto parts, multipart::parse(body, multipart::boundary_of(content_type)));
  SentCases out;
  for (const multipart::Part& part : parts) {
    if (part.file_name.empty()) {
      return fail(Code::invalid_request,
                  "A form of cases consists of files; `" + part.name +
                      "` is none: give its file name, which says in which form it is.",
                  part.name);
    }
    TRY_ASSIGN(const evals::CaseFormat format, evals::case_format(part.file_name));
    TRY_ASSIGN(
        std::vector<evals::Case> cases,
        evals::read_case_file(std::string(part.content), part.file_name.substr(0, 256), format));
    std::ranges::move(cases, std::back_inserter(out.cases));
  }
  return out;
}

void write_ids(json::Writer& w, std::string_view name, const std::vector<std::string>& ids) {
  w.key(name).begin_object().field("count", ids.size()).key("ids").begin_array();
  for (std::size_t i = 0; i < std::min(ids.size(), kShownIds); ++i) w.value(ids[i]);
  w.end_array().end_object();
}

}  // namespace

Result<SentCases> read_json_cases(json::Value body) {
  SentCases out;
  if (const json::Value cases = body.get("cases"); !cases.empty()) {
    if (!cases.is_array()) return fail(Code::invalid_request, "`cases` must be an array.", "cases");
    std::size_t number = 0;
    for (const json::Value one : cases) {
      auto read = evals::read_case(one);
      if (!read) {
        Error error = std::move(read.error());
        error.message = "cases[" + std::to_string(number) + "]: " + error.message;
        return fail(std::move(error));
      }
      out.cases.push_back(std::move(*read));
      ++number;
    }
  }
  if (const json::Value requests = body.get("requests"); !requests.empty()) {
    TRY_ASSIGN(out.requests, evals::read_request_filter(requests));
  }
  if (const json::Value reviews = body.get("reviews"); !reviews.empty()) {
    TRY_ASSIGN(out.reviews, evals::read_review_filter(reviews));
  }
  TRY_ASSIGN(out.state, read_state(body.get("state")));
  TRY(json::read_text(body.get("message"), 4'096, out.message));
  return out;
}

Result<SentCases> read_cases(std::string_view content_type, std::string_view file,
                             std::string body) {
  if (!multipart::boundary_of(content_type).empty()) return read_form(content_type, body);
  // The last is what `curl -d` says of whatever it sends.
  if (content_type.empty() || content_type.starts_with("application/json") ||
      content_type.starts_with("application/x-www-form-urlencoded")) {
    static constexpr std::array<std::string_view, 5> kKnown{"cases", "requests", "reviews", "state",
                                                            "message"};
    TRY_ASSIGN(const json::Document document, json::Document::parse(body));
    TRY(json::only_known(document.root(), kKnown));
    TRY_ASSIGN(SentCases sent, read_json_cases(document.root()));
    if (sent.cases.empty() && !sent.requests && !sent.reviews) {
      return fail(Code::invalid_request,
                  "Say which cases: `cases`, or `requests` or `reviews` that they are made of.",
                  "cases");
    }
    return sent;
  }
  TRY_ASSIGN(const evals::CaseFormat format, evals::case_format(content_type));
  SentCases out;
  TRY_ASSIGN(out.cases,
             evals::read_case_file(body, file.empty() ? "the body" : file.substr(0, 256), format));
  return out;
}

Result<AddedCases> add_cases(const Context& context, const evals::Dataset& dataset,
                             SentCases sent) {
  EvalServices& services = context.deps.evals;
  AddedCases out;
  evals::DatasetStore::Edit edit;
  edit.put = std::move(sent.cases);
  edit.message = sent.message;
  edit.author = context.principal.key_id;
  const auto take = [&](evals::RecordedRequests::Cases made) {
    std::ranges::move(made.cases, std::back_inserter(edit.put));
    std::ranges::move(made.not_captured, std::back_inserter(out.recorded.not_captured));
    std::ranges::move(made.not_usable, std::back_inserter(out.recorded.not_usable));
    out.recorded.more = out.recorded.more || made.more;
  };
  const std::string& tenant = context.principal.tenant;
  if (sent.requests) {
    TRY_ASSIGN(auto made, services.recorded.cases(tenant, *sent.requests));
    take(std::move(made));
  }
  if (sent.reviews) {
    TRY_ASSIGN(auto made,
               evals::review_cases(context.deps.reviews, services.recorded, tenant, *sent.reviews));
    take(std::move(made));
    edit.corrects = true;
    edit.state_too = sent.state.has_value();
  }
  for (evals::Case& one : edit.put) {
    if (sent.state) one.state = *sent.state;
  }
  TRY_ASSIGN(out.edited, services.datasets.edit(dataset, edit));
  return out;
}

void write_added(json::Writer& w, const evals::Dataset& dataset, const AddedCases& added) {
  const auto& edited = added.edited;
  w.begin_object().field("dataset", dataset.name).field("version", edited.version.number);
  w.field("cases", edited.version.cases()).field("added", edited.added);
  w.field("changed", edited.changed).field("unchanged", edited.unchanged);
  w.field("removed", edited.removed);
  write_ids(w, "duplicates", edited.duplicates);
  write_ids(w, "not_captured", added.recorded.not_captured);
  write_ids(w, "not_usable", added.recorded.not_usable);
  w.field("more", added.recorded.more).end_object();
}

void write_dataset_version(json::Writer& w, const evals::DatasetVersion& version) {
  w.begin_object().field("version", version.number).field("cases", version.cases());
  w.field("approved", version.approved).field("pending", version.pending);
  w.field("quarantined", version.quarantined).optional_field("message", version.message);
  w.optional_field("author", version.author);
  w.field("created_at", format_rfc3339(version.created_at)).end_object();
}

void write_dataset(json::Writer& w, const evals::Dataset& dataset) {
  w.begin_object().field("name", dataset.name);
  w.optional_field("description", dataset.description).field("version", dataset.latest.number);
  w.field("cases", dataset.latest.cases()).field("approved", dataset.latest.approved);
  w.field("pending", dataset.latest.pending).field("quarantined", dataset.latest.quarantined);
  w.field("created_at", format_rfc3339(dataset.created_at));
  w.field("updated_at", format_rfc3339(dataset.updated_at)).end_object();
}

}  // namespace maester::api
