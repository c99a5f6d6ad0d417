#include "evals/runs/run_start.h"

#include <array>
#include <set>

#include "codec/json_object.h"
#include "evals/gates/candidate.h"
#include "gateway/pipeline/call.h"
#include "gateway/surfaces/answers_surface.h"

namespace maester::evals {

namespace {

// The names of the tools that a request with these members declares.
void add_tools(const std::string& parameters, std::set<std::string>& out) {
  const auto document = json::Document::parse(parameters);
  if (!document) return;
  for (const json::Value tool : document->root().get("tools")) {
    const std::string_view name = tool.get("function").get("name").string_or("");
    if (!name.empty()) out.emplace(name);
  }
}

// What it is graded by; before, a run may have been graded by something else.
void put_grading(Candidate& out, const RunSpec& spec) {
  out.erase("grader");
  out.erase(std::string(kGrading));
  if (!spec.grader.empty()) out.emplace("grader", spec.grader);
  if (std::string own = grading_of(spec); !own.empty()) out.emplace(kGrading, std::move(own));
}

}  // namespace

// Those of the candidate, and where tools are governed those of the dataset's cases.
Result<std::vector<std::string>> RunStarter::tools_of(const gateway::Config& config,
                                                      std::string_view tenant,
                                                      const RunSpec& spec) const {
  std::set<std::string> names;
  add_tools(spec.parameters, names);
  if (!config.tools.empty()) {
    TRY_ASSIGN(const Dataset dataset, datasets_.find(tenant, spec.dataset.name));
    DatasetStore::Query page{.version = spec.dataset.version, .limit = 500};
    for (;;) {
      TRY_ASSIGN(const std::vector<Case> cases, datasets_.cases(dataset, page));
      for (const Case& one : cases) add_tools(one.parameters, names);
      if (cases.size() < page.limit) break;
      page.after = cases.back().id;
    }
  }
  return std::vector<std::string>(names.begin(), names.end());
}

Result<Candidate> RunStarter::candidate_of(std::string_view tenant, std::string_view key_id,
                                           const RunSpec& spec) const {
  const auto snapshot = snapshots_.newest();
  const gateway::Config& config = snapshot->config();
  std::string version, collection;
  if (!spec.prompt_name.empty()) {
    TRY_ASSIGN(
        const prompts::VersionPtr found,
        prompts_.resolve(tenant, spec.prompt_name, {spec.prompt_version, spec.prompt_label}));
    version = found->version;
  }
  TRY(snapshot->resolve(spec.model));
  knowledge::OpenVersionPtr index;
  std::string parsers;
  if (!spec.knowledge.empty()) {
    TRY_ASSIGN(const json::Document knowledge, json::Document::parse(spec.knowledge));
    TRY_ASSIGN(const gateway::KnowledgeAsk asked, gateway::read_knowledge(knowledge.root()));
    collection = asked.collection;
    TRY_ASSIGN(const knowledge::OpenedPtr opened, library_.find(tenant, collection));
    index = opened->live;
    if (asked.index_version > 0) {
      TRY_ASSIGN(index, library_.askable(*opened, asked.index_version));
    }
    TRY_ASSIGN(parsers, library_.parsers(*opened));
  }
  TRY_ASSIGN(const std::vector<std::string> tools, tools_of(config, tenant, spec));
  Candidate out = candidate_facts({.config = config,
                                   .prompt = spec.prompt_name,
                                   .prompt_version = version,
                                   .model = spec.model.empty() ? config.default_model : spec.model,
                                   .tenant = tenant,
                                   .key_id = key_id,
                                   .tools = tools,
                                   .collection = collection,
                                   .index_version = index == nullptr ? 0 : index->number,
                                   .spec = index == nullptr ? nullptr : &index->spec,
                                   .parsers = parsers});
  put_grading(out, spec);
  return out;
}

Result<std::int64_t> RunStarter::count_cases(const Dataset& dataset, std::int64_t version,
                                             const RunSpec& spec) {
  TRY_ASSIGN(const DatasetVersion counts, datasets_.version(dataset, version));
  const std::int64_t cases = spec.everything ? counts.cases() : counts.approved;
  if (cases > 0) return cases;
  return fail(Code::unprocessable,
              counts.cases() == 0
                  ? "The dataset `" + dataset.name + "` has no cases: a run of none proves nothing."
                  : "The dataset `" + dataset.name + "` has " + std::to_string(counts.pending) +
                        " pending and " + std::to_string(counts.quarantined) +
                        " quarantined cases, none is approved: approve some, or say `\"include\": "
                        "\"all\"`.",
              "dataset");
}

Result<RunStarter::Prepared> RunStarter::prepare(std::string_view tenant, std::string_view key_id,
                                                 const RunSpec& spec, Candidate recorded) {
  TRY_ASSIGN(const Dataset dataset, datasets_.find(tenant, spec.dataset.name));
  TRY_ASSIGN(const DatasetVersion version, datasets_.version(dataset, spec.dataset.version));
  TRY_ASSIGN(const std::int64_t cases, count_cases(dataset, version.number, spec));
  Run run;
  if (spec.recorded) {
    run.candidate = std::move(recorded);
    run.candidate["recorded"] = "true";
  } else {
    RunSpec pinned = spec;
    pinned.dataset.version = version.number;
    TRY_ASSIGN(run.candidate, candidate_of(tenant, key_id, pinned));
  }
  run.tenant = tenant;
  run.name = spec.name;
  run.dataset = dataset.name;
  run.dataset_version = version.number;
  run.reducer = spec.reducer;
  run.spec = write_run_spec(spec);
  run.key_id = key_id;
  return Prepared{std::move(run), cases * spec.repeats, spec.max_cost};
}

Result<Run> RunStarter::start(std::string_view tenant, std::string_view key_id, const RunSpec& spec,
                              Candidate recorded) {
  TRY_ASSIGN(Prepared prepared, prepare(tenant, key_id, spec, std::move(recorded)));
  return runs_.create(std::move(prepared.run), prepared.answers, prepared.max_cost);
}

Result<Run> RunStarter::rescore(std::string_view tenant, std::string_view key_id,
                                std::string_view id, json::Value changes) {
  static constexpr std::array<std::string_view, 6> kKnown{"name",    "assertions", "threshold",
                                                          "graders", "reducer",    "concurrency"};
  TRY(json::only_known(changes, kKnown));
  TRY_ASSIGN(const Run from, runs_.find(tenant, id));
  if (from.state == RunState::queued || from.state == RunState::running)
    return fail(Code::conflict, "The run has not ended: there is nothing to grade anew yet.");
  TRY_ASSIGN(const json::Document before, json::Document::parse(from.spec));
  json::Edit edit(before);
  for (const json::Value one : changes) {
    edit.remove_member(before.root().get(one.key()));
    edit.add_member(before.root(), one.key(), one.raw());
  }
  edit.remove_member(before.root().get("rescore_of"));
  edit.remove_member(before.root().get("max_cost_usd"));
  edit.remove_member(before.root().get("recorded"));
  edit.remove_member(before.root().get("dataset"));
  edit.add_member(before.root(), "rescore_of", json::quote(from.id));
  edit.add_member(before.root(), "dataset",
                  json::quote(from.dataset + "@" + std::to_string(from.dataset_version)));
  TRY_ASSIGN(const json::Document wanted, json::Document::parse(edit.apply()));
  TRY_ASSIGN(const RunSpec spec, read_run_spec(wanted.root()));
  TRY(datasets_.find(tenant, from.dataset));
  Run run = from;
  run.name = spec.name;
  run.reducer = spec.reducer;
  run.spec = write_run_spec(spec);
  put_grading(run.candidate, spec);
  run.key_id = key_id;
  return runs_.create(std::move(run), from.cases, {});
}

}  // namespace maester::evals
