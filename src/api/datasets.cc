// /v1/datasets: sets of cases, and their versions.
#include <array>

#include "api/answers.h"
#include "api/body.h"
#include "api/dataset_body.h"
#include "api/eval_services.h"
#include "api/handlers.h"
#include "codec/json_object.h"
#include "evals/datasets/case_files.h"
#include "evals/datasets/case_json.h"
#include "wire/url.h"

namespace maester::api {
namespace {

using runtime::Task;

constexpr std::size_t kMaxExport = 64u << 20;

// The `version` of a query, 0 = the latest.
Result<std::int64_t> read_version(std::string_view query) {
  const auto given = wire::query_parameter(query, "version");
  if (!given) return 0;
  TRY_ASSIGN(const evals::DatasetRef ref, evals::parse_dataset_ref("d@" + *given));
  return ref.version;
}

Result<Answer> dataset_answer(const evals::Dataset& dataset, int status) {
  return object_answer(dataset, write_dataset, status);
}

}  // namespace

Task<Result<Answer>> create_dataset(Context& context) {
  static constexpr std::array<std::string_view, 7> kKnown{
      "name", "description", "cases", "requests", "reviews", "state", "message"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(const std::string_view name, document.root().get("name").as_string());
  std::string description;
  CO_TRY(json::read_text(document.root().get("description"), 4'096, description));
  CO_TRY_ASSIGN(SentCases sent, read_json_cases(document.root()));
  auto work = [&]() -> Result<Answer> {
    evals::DatasetStore& datasets = context.deps.evals.datasets;
    const std::string& tenant = context.principal.tenant;
    const bool filled = !sent.cases.empty() || sent.requests || sent.reviews;
    TRY_ASSIGN(evals::Dataset made,
               datasets.create(tenant, name, description, context.principal.key_id));
    if (!filled) return dataset_answer(made, 201);
    auto added = add_cases(context, made, std::move(sent));
    if (!added) {  // all or nothing
      TRY(datasets.drop(tenant, name));
      return fail(std::move(added.error()));
    }
    Answer answer;
    answer.status = 201;
    json::Writer w(answer.body);
    write_added(w, made, *added);
    return answer;
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> list_datasets(Context& context) {
  return answer_in(context.deps.knowledge, [&context]() -> Result<Answer> {
    TRY_ASSIGN(const auto all, context.deps.evals.datasets.list(context.principal.tenant));
    return list_answer(all, write_dataset);
  });
}

Task<Result<Answer>> show_dataset(Context& context) {
  return answer_in(context.deps.knowledge, [&context]() -> Result<Answer> {
    TRY_ASSIGN(const evals::Dataset dataset,
               context.deps.evals.datasets.find(context.principal.tenant, context.parameters[0]));
    return dataset_answer(dataset, 200);
  });
}

Task<Result<Answer>> delete_dataset(Context& context) {
  return answer_in(context.deps.knowledge, [&context]() -> Result<Answer> {
    TRY(context.deps.evals.datasets.drop(context.principal.tenant, context.parameters[0]));
    return deleted_answer("name", context.parameters[0]);
  });
}

Task<Result<Answer>> list_dataset_versions(Context& context) {
  return answer_in(context.deps.knowledge, [&context]() -> Result<Answer> {
    evals::DatasetStore& datasets = context.deps.evals.datasets;
    TRY_ASSIGN(const evals::Dataset dataset,
               datasets.find(context.principal.tenant, context.parameters[0]));
    TRY_ASSIGN(const auto versions, datasets.versions(dataset));
    return list_answer(versions, write_dataset_version);
  });
}

Task<Result<Answer>> export_dataset(Context& context) {
  const std::string_view query = context.request.query();
  CO_TRY_ASSIGN(const std::int64_t version, read_version(query));
  CO_TRY_ASSIGN(const evals::CaseFormat format,
                evals::case_format(wire::query_parameter(query, "format").value_or("jsonl")));
  auto work = [&]() -> Result<Answer> {
    evals::DatasetStore& datasets = context.deps.evals.datasets;
    TRY_ASSIGN(const evals::Dataset dataset,
               datasets.find(context.principal.tenant, context.parameters[0]));
    TRY_ASSIGN(const evals::DatasetVersion pinned, datasets.version(dataset, version));
    std::vector<evals::Case> all;
    std::size_t bytes = 0;
    evals::DatasetStore::Query page{.version = pinned.number, .limit = 500};
    for (;;) {
      TRY_ASSIGN(std::vector<evals::Case> cases, datasets.cases(dataset, page));
      for (evals::Case& one : cases) {
        one.since = 0;
        bytes += evals::case_body(one).size();
        page.after = one.id;
        all.push_back(std::move(one));
      }
      if (bytes > kMaxExport) {
        return fail(Code::too_large,
                    "An export may have 64 MiB; read the cases in pages: GET "
                    "/v1/datasets/{dataset}/cases.");
      }
      if (cases.size() < page.limit) break;
    }
    Answer answer;
    answer.body = evals::write_case_file(all, format);
    answer.content_type = format == evals::CaseFormat::csv    ? "text/csv; charset=utf-8"
                          : format == evals::CaseFormat::yaml ? "application/yaml"
                                                              : "application/x-ndjson";
    return answer;
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

}  // namespace maester::api
