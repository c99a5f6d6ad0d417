#include "evals/replays/replays.h"

#include <set>

#include "codec/json_writer.h"

namespace maester::evals {
namespace {

constexpr std::size_t kPage = 200;

#define MAESTER_REPLAY_COLUMNS \
  "id, dataset, dataset_version, baseline, candidate, skipped, created_at, key_id"

ReplayBatch batch_of(const store::Statement& row) {
  return {.id = std::string(row.text(0)),
          .dataset = std::string(row.text(1)),
          .baseline = std::string(row.text(3)),
          .candidate = std::string(row.text(4)),
          .dataset_version = row.integer(2),
          .skipped = std::string(row.text(5)),
          .key_id = std::string(row.text(7)),
          .created_at = WallTime(nanoseconds(row.integer(6)))};
}

void write_ids(json::Writer& w, std::string_view name, const std::vector<std::string>& ids) {
  w.key(name).begin_object().field("count", ids.size()).key("ids").begin_array();
  for (std::size_t i = 0; i < std::min<std::size_t>(ids.size(), 100); ++i) w.value(ids[i]);
  w.end_array().end_object();
}

std::string skipped_json(const RecordedRequests::Cases& chosen,
                         const DatasetStore::Edited& edited) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  write_ids(w, "not_captured", chosen.not_captured);
  write_ids(w, "not_usable", chosen.not_usable);
  write_ids(w, "duplicates", edited.duplicates);
  w.field("more", chosen.more).end_object();
  return out;
}

// What was asked then, as far as all were asked the same.
Candidate recorded_candidate(const std::set<std::string>& prompts,
                             const std::set<std::string>& models) {
  Candidate out;
  if (prompts.size() == 1 && !prompts.begin()->empty()) out["prompt"] = *prompts.begin();
  if (models.size() == 1) out["model"] = *models.begin();
  return out;
}

// Something must say what is right: without checks, that there is an answer.
constexpr std::string_view kSomething = R"([{"type":"word-count","value":{"min":1}}])";

}  // namespace

std::string Replays::next_id() {
  const auto db = work_.use();
  return ids_.uuid().to_string();
}

Result<ReplayBatch> Replays::start(const std::string& tenant, std::string_view key_id,
                                   ReplaySpec spec) {
  TRY_ASSIGN(RecordedRequests::Cases chosen, recorded_.cases(tenant, spec.requests));
  if (chosen.cases.empty()) {
    return fail(Code::unprocessable,
                chosen.not_captured.empty()
                    ? "No recorded request is as the filter says."
                    : "Of " + std::to_string(chosen.not_captured.size()) +
                          " requests none was kept with its bodies. Set `[capture] replay = "
                          "\"full\"` to keep them from now on.",
                "requests");
  }
  std::set<std::string> names, prompts, models;
  bool all_checked = true;
  for (Case& one : chosen.cases) {
    one.state = CaseState::approved;
    all_checked = all_checked && !one.assertions.empty();
    TRY_ASSIGN(const Recorded recorded, recorded_.open(tenant, one.source.request_id));
    const meter::Dimensions& is = recorded.row.dimensions;
    names.insert(is.prompt_name);
    prompts.insert(is.prompt_name.empty() ? "" : is.prompt_name + "@" + is.prompt_version);
    models.insert(is.model);
  }
  RunSpec& run = spec.run;
  const bool other_prompt = !run.prompt_version.empty() || !run.prompt_label.empty();
  if (other_prompt && run.prompt_name.empty()) {
    if (names.size() != 1 || names.begin()->empty()) {
      return fail(Code::unprocessable,
                  "The requests used " +
                      (names.size() == 1 ? std::string("no prompt of the registry")
                                         : std::to_string(names.size()) + " prompts") +
                      ": choose those of one prompt (`requests.prompt`) to replay them against "
                      "another version of it.",
                  "requests.prompt");
    }
    run.prompt_name = *names.begin();
  }
  if (run.model.empty()) {
    if (models.size() != 1) {
      return fail(Code::unprocessable,
                  "The requests asked " + std::to_string(models.size()) +
                      " models: choose those of one (`requests.model`), or say which is to be "
                      "asked (`model`).",
                  "model");
    }
    run.model = *models.begin();
  }
  if (run.assertions.empty() && !all_checked) run.assertions = kSomething;
  ReplayBatch out;
  out.id = next_id();
  out.dataset = "replay-" + out.id;
  out.key_id = key_id;
  out.created_at = clock_.wall();
  TRY_ASSIGN(const Dataset dataset,
             datasets_.create(tenant, out.dataset, "recorded requests, to be replayed", key_id));
  const auto undo = [&](Error error) -> Result<ReplayBatch> {
    (void)datasets_.drop(tenant, out.dataset);
    return fail(std::move(error));
  };
  DatasetStore::Edit edit;
  edit.put = std::move(chosen.cases);
  edit.author = key_id;
  edit.message = "replay " + out.id;
  auto edited = datasets_.edit(dataset, edit);
  if (!edited) return undo(edited.error());
  out.dataset_version = edited->version.number;
  out.skipped = skipped_json(chosen, *edited);
  run.dataset = {out.dataset, out.dataset_version};
  RunSpec recorded = run;
  recorded.recorded = true;
  recorded.name = run.name.empty() ? "recorded" : run.name + " (recorded)";
  recorded.repeats = 1;
  recorded.max_cost.reset();
  recorded.prompt_name.clear();
  recorded.prompt_version.clear();
  recorded.prompt_label.clear();
  recorded.model.clear();
  recorded.knowledge.clear();
  recorded.parameters.clear();
  auto prepared = starter_.prepare(tenant, key_id, run);
  if (!prepared) return undo(prepared.error());
  auto baseline = starter_.start(tenant, key_id, recorded, recorded_candidate(prompts, models));
  if (!baseline) return undo(baseline.error());
  TRY_ASSIGN(const Run candidate,
             runs_.create(std::move(prepared->run), prepared->answers, prepared->max_cost));
  out.baseline = baseline->id;
  out.candidate = candidate.id;
  const auto db = work_.use();
  TRY_ASSIGN(auto insert, db->prepare("INSERT INTO eval_replays (tenant, " MAESTER_REPLAY_COLUMNS
                                      ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
  insert.bind(1, tenant).bind(2, out.id).bind(3, out.dataset).bind(4, out.dataset_version);
  insert.bind(5, out.baseline).bind(6, out.candidate).bind(7, out.skipped);
  insert.bind(8, out.created_at.time_since_epoch().count()).bind(9, key_id);
  TRY(insert.run());
  return out;
}

Result<ReplayBatch> Replays::find(std::string_view tenant, std::string_view id) {
  const auto db = work_.use();
  TRY_ASSIGN(auto select, db->prepare("SELECT " MAESTER_REPLAY_COLUMNS
                                      " FROM eval_replays WHERE tenant = ?1 AND id = ?2"));
  select.bind(1, tenant).bind(2, id);
  TRY_ASSIGN(const bool found, select.step());
  if (!found)
    return fail(Code::not_found, "There is no replay batch `" + std::string(id) + "`.", "id");
  return batch_of(select);
}

Result<std::vector<ReplayBatch>> Replays::list(std::string_view tenant, std::string_view cursor,
                                               std::size_t limit) {
  const auto db = work_.use();
  TRY_ASSIGN(
      auto select,
      db->prepare("SELECT " MAESTER_REPLAY_COLUMNS
                  " FROM eval_replays WHERE tenant = ?1 AND (?2 = '' OR id < ?2) ORDER BY id "
                  "DESC LIMIT ?3"));
  select.bind(1, tenant).bind(2, cursor).bind(3, static_cast<std::int64_t>(limit));
  std::vector<ReplayBatch> out;
  for (;;) {
    TRY_ASSIGN(const bool more, select.step());
    if (!more) return out;
    out.push_back(batch_of(select));
  }
}

Status Replays::for_each_pair(std::string_view tenant, const ReplayBatch& batch,
                              std::string_view cursor,
                              const std::function<bool(const Pair&)>& visit,
                              std::int64_t* missing) {
  RunStore::ResultQuery query{.after_case = std::string(cursor),
                              .after_repeat = kMaxRepeats,
                              .verdict = {},
                              .limit = kPage,
                              .with_output = true};
  for (;;) {
    TRY_ASSIGN(std::vector<CaseResult> page, runs_.results(tenant, batch.baseline, query));
    for (CaseResult& before : page) {
      TRY_ASSIGN(auto after, runs_.find_result(tenant, batch.candidate, before.case_id, 0));
      query.after_case = before.case_id;
      if (!after) {
        if (missing != nullptr) ++*missing;
        continue;
      }
      Pair pair{std::move(before), std::move(*after), {}};
      pair.kinds = differences(pair.before, pair.after);
      if (!visit(pair)) return {};
    }
    if (page.size() < kPage) return {};
  }
}

Result<DifferenceSums> Replays::sums(std::string_view tenant, const ReplayBatch& batch) {
  DifferenceSums out;
  TRY(for_each_pair(
      tenant, batch, "",
      [&](const Pair& pair) {
        out.add(pair.before, pair.after, pair.kinds);
        return true;
      },
      &out.missing));
  return out;
}

void write_replay(json::Writer& w, const ReplayBatch& batch) {
  w.field("id", batch.id).field("dataset", batch.dataset);
  w.field("dataset_version", batch.dataset_version).field("baseline_run", batch.baseline);
  w.field("candidate_run", batch.candidate).raw_field("skipped", batch.skipped);
  w.field("created_at", format_rfc3339(batch.created_at));
}

}  // namespace maester::evals
