// /v1/datasets/{dataset}/cases: putting cases in, looking at them, changing and judging them. Every
// change makes the dataset's next version.
#include <array>

#include "api/answers.h"
#include "api/body.h"
#include "api/dataset_body.h"
#include "api/eval_services.h"
#include "api/handlers.h"
#include "codec/json_object.h"
#include "evals/datasets/case_json.h"
#include "wire/url.h"

namespace maester::api {
namespace {

using evals::DatasetStore;
using runtime::Task;

constexpr std::size_t kMaxUpload = 100u << 20;

Result<evals::Dataset> own_dataset(const Context& context) {
  return context.deps.evals.datasets.find(context.principal.tenant, context.parameters[0]);
}

Result<DatasetStore::Query> read_query(std::string_view query) {
  DatasetStore::Query out;
  TRY_ASSIGN(out.limit, read_limit(query));
  if (const auto version = wire::query_parameter(query, "version")) {
    TRY_ASSIGN(const evals::DatasetRef ref, evals::parse_dataset_ref("d@" + *version));
    out.version = ref.version;
  }
  if (const auto state = wire::query_parameter(query, "state")) {
    out.state = evals::parse_case_state(*state);
    if (!out.state) {
      return fail(Code::invalid_request, "`state` must be approved, pending or quarantined.",
                  "state");
    }
  }
  out.after = wire::query_parameter(query, "cursor").value_or("");
  return out;
}

Answer edited_answer(const evals::Dataset& dataset, DatasetStore::Edited edited, int status) {
  Answer answer;
  answer.status = status;
  json::Writer w(answer.body);
  write_added(w, dataset, {std::move(edited), {}});
  return answer;
}

// {cases: [ids]} or {all: true, from?: state}.
Result<std::vector<DatasetStore::Edit::Move>> read_moves(json::Value body, evals::CaseState to) {
  std::vector<DatasetStore::Edit::Move> out;
  const json::Value cases = body.get("cases");
  if (body.get("all").bool_or(false)) {
    DatasetStore::Edit::Move every{.id = "*", .to = to};
    if (const json::Value from = body.get("from"); !from.empty()) {
      every.from = evals::parse_case_state(from.string_or(""));
      if (!every.from) {
        return fail(Code::invalid_request, "`from` must be approved, pending or quarantined.",
                    "from");
      }
    } else if (to == evals::CaseState::approved) {
      every.from = evals::CaseState::pending;  // what was quarantined is approved by name only
    }
    out.push_back(std::move(every));
    return out;
  }
  if (!cases.is_array() || cases.size() == 0) {
    return fail(Code::invalid_request, "Say which: `cases` (their ids), or `all`: true.", "cases");
  }
  for (const json::Value one : cases) {
    TRY_ASSIGN(const std::string_view id, one.as_string());
    TRY(evals::check_case_id(id));
    out.push_back({.id = std::string(id), .to = to});
  }
  return out;
}

Task<Result<Answer>> move_cases(Context& context, evals::CaseState to) {
  static constexpr std::array<std::string_view, 4> kKnown{"cases", "all", "from", "message"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  DatasetStore::Edit edit;
  CO_TRY_ASSIGN(edit.moves, read_moves(document.root(), to));
  CO_TRY(json::read_text(document.root().get("message"), 4'096, edit.message));
  edit.author = context.principal.key_id;
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const evals::Dataset dataset, own_dataset(context));
    TRY_ASSIGN(DatasetStore::Edited edited, context.deps.evals.datasets.edit(dataset, edit));
    return edited_answer(dataset, std::move(edited), 200);
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

}  // namespace

Task<Result<Answer>> add_dataset_cases(Context& context) {
  auto reading = context.request.read_body(kMaxUpload);
  CO_TRY_ASSIGN(std::string body, co_await std::move(reading));
  const std::string content_type(context.request.headers().get("content-type"));
  const std::string_view query = context.request.query();
  const std::string file = wire::query_parameter(query, "file").value_or("");
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const evals::Dataset dataset, own_dataset(context));
    TRY_ASSIGN(SentCases sent, read_cases(content_type, file, std::move(body)));
    if (const auto state = wire::query_parameter(query, "state")) {
      sent.state = evals::parse_case_state(*state);
      if (!sent.state) {
        return fail(Code::invalid_request, "`state` must be approved, pending or quarantined.",
                    "state");
      }
    }
    TRY_ASSIGN(const AddedCases added, add_cases(context, dataset, std::move(sent)));
    Answer answer;
    answer.status = 201;
    json::Writer w(answer.body);
    write_added(w, dataset, added);
    return answer;
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> list_dataset_cases(Context& context) {
  CO_TRY_ASSIGN(const DatasetStore::Query query, read_query(context.request.query()));
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const evals::Dataset dataset, own_dataset(context));
    TRY(context.deps.evals.datasets.version(dataset, query.version));
    TRY_ASSIGN(const auto cases, context.deps.evals.datasets.cases(dataset, query));
    Answer answer;
    json::Writer w(answer.body);
    w.begin_object().key("data").begin_array();
    for (const evals::Case& one : cases) evals::write_case(w, one);
    w.end_array().key("next_cursor");
    cases.size() < query.limit ? w.null() : w.value(cases.back().id);
    w.end_object();
    return answer;
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> show_dataset_case(Context& context) {
  CO_TRY_ASSIGN(const DatasetStore::Query query, read_query(context.request.query()));
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const evals::Dataset dataset, own_dataset(context));
    TRY_ASSIGN(const evals::Case one, context.deps.evals.datasets.find_case(dataset, query.version,
                                                                            context.parameters[1]));
    return object_answer(one, evals::write_case);
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

// Members that are given take the place of the case's; null takes one away.
Task<Result<Answer>> change_dataset_case(Context& context) {
  static constexpr std::array<std::string_view, 9> kKnown{"description", "vars",     "messages",
                                                          "parameters",  "expected", "assert",
                                                          "threshold",   "metadata", "state"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document changes, co_await std::move(reading));
  auto work = [&]() -> Result<Answer> {
    DatasetStore& datasets = context.deps.evals.datasets;
    TRY_ASSIGN(const evals::Dataset dataset, own_dataset(context));
    TRY_ASSIGN(const evals::Case before, datasets.find_case(dataset, 0, context.parameters[1]));
    std::string text;
    json::Writer w(text);
    evals::write_case(w, before);
    TRY_ASSIGN(const json::Document document, json::Document::parse(text));
    json::Edit merging(document);
    for (const json::Value one : changes.root()) {
      merging.remove_member(document.root().get(one.key()));
      if (!one.is_null()) merging.add_member(document.root(), one.key(), one.raw());
    }
    TRY_ASSIGN(const json::Document merged, json::Document::parse(merging.apply()));
    DatasetStore::Edit edit;
    TRY_ASSIGN(edit.put.emplace_back(), evals::read_case(merged.root()));
    edit.author = context.principal.key_id;
    edit.message = "changed " + before.id;
    edit.refuse_duplicates = true;
    TRY_ASSIGN(DatasetStore::Edited edited, datasets.edit(dataset, edit));
    return edited_answer(dataset, std::move(edited), 200);
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> delete_dataset_case(Context& context) {
  return answer_in(context.deps.knowledge, [&context]() -> Result<Answer> {
    TRY_ASSIGN(const evals::Dataset dataset, own_dataset(context));
    TRY(evals::check_case_id(context.parameters[1]));
    DatasetStore::Edit edit;
    edit.remove.push_back(context.parameters[1]);
    edit.author = context.principal.key_id;
    edit.message = "removed " + context.parameters[1];
    TRY_ASSIGN(DatasetStore::Edited edited, context.deps.evals.datasets.edit(dataset, edit));
    return edited_answer(dataset, std::move(edited), 200);
  });
}

Task<Result<Answer>> approve_dataset_cases(Context& context) {
  return move_cases(context, evals::CaseState::approved);
}

Task<Result<Answer>> quarantine_dataset_cases(Context& context) {
  return move_cases(context, evals::CaseState::quarantined);
}

}  // namespace maester::api
