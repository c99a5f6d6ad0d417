#include "evals/runs/run_spec.h"

#include <algorithm>
#include <array>

#include "codec/json_object.h"
#include "codec/json_writer.h"
#include "evals/datasets/case_json.h"
#include "gateway/pipeline/call.h"
#include "gateway/surfaces/answers_surface.h"

namespace maester::evals {
namespace {

constexpr std::array<std::string_view, 5> kStates{"queued", "running", "succeeded", "failed",
                                                  "cancelled"};
constexpr std::array<std::string_view, 3> kReducers{"mean", "all", "pass_at_k"};

Status read_number(json::Value value, std::int64_t least, std::int64_t most, std::int64_t& out) {
  if (value.empty()) return {};
  TRY_ASSIGN(out, value.as_int());
  if (out < least || out > most) {
    return fail(Code::invalid_request,
                "`" + value.path() + "` must be a number from " + std::to_string(least) + " to " +
                    std::to_string(most) + ".",
                value.path());
  }
  return {};
}

Status read_object(json::Value value, std::string& out) {
  if (value.empty()) return {};
  if (!value.is_object()) {
    return fail(Code::invalid_request, "`" + value.path() + "` must be an object.", value.path());
  }
  out = value.raw();
  return {};
}

Status read_candidate(json::Value candidate, RunSpec& out) {
  if (candidate.empty()) return {};
  static constexpr std::array<std::string_view, 4> kKnown{"prompt", "model", "knowledge",
                                                          "parameters"};
  TRY(json::only_known(candidate, kKnown));
  if (const json::Value prompt = candidate.get("prompt"); !prompt.empty()) {
    static constexpr std::array<std::string_view, 3> kPrompt{"name", "version", "label"};
    TRY(json::only_known(prompt, kPrompt));
    TRY_ASSIGN(out.prompt_name, prompt.get("name").as_string());
    TRY(json::read_text(prompt.get("version"), 128, out.prompt_version));
    TRY(json::read_text(prompt.get("label"), 128, out.prompt_label));
    if (!out.prompt_version.empty() && !out.prompt_label.empty()) {
      return fail(Code::invalid_request, "Give `version` or `label`, not both.",
                  "candidate.prompt");
    }
  }
  TRY(json::read_text(candidate.get("model"), 256, out.model));
  const json::Value knowledge = candidate.get("knowledge");
  TRY(read_object(knowledge, out.knowledge));
  if (!knowledge.empty()) {
    TRY(gateway::read_knowledge(knowledge));
  }
  TRY(read_object(candidate.get("parameters"), out.parameters));
  for (const json::Value one : candidate.get("parameters")) {
    if (one.key() == "messages" || one.key() == "model" || one.key() == "stream" ||
        one.key() == "maester") {
      return fail(Code::invalid_request,
                  "`" + std::string(one.key()) + "` is not for a run's parameters to set.",
                  one.path());
    }
  }
  return {};
}

Status read_graders(json::Value graders, RunSpec& out) {
  if (graders.empty()) return {};
  static constexpr std::array<std::string_view, 2> kKnown{"model", "embedding"};
  TRY(json::only_known(graders, kKnown));
  TRY(json::read_text(graders.get("model"), 256, out.grader));
  return json::read_text(graders.get("embedding"), 256, out.grader_embedding);
}

}  // namespace

Status read_ceiling(json::Value value, std::optional<FemtoUsd>& out) {
  if (value.empty()) return {};
  const std::string_view text =
      value.is_string() ? value.string_or("") : value.as_number_text().value_or("");
  out = FemtoUsd::parse(text);
  if (!out || *out <= FemtoUsd{}) {
    return fail(Code::invalid_request,
                "`" + value.path() + "` must be an amount of USD above zero, such as \"0.50\".",
                value.path());
  }
  return {};
}

namespace {

template <class List>
Status read_word(json::Value value, const List& words, std::size_t& out) {
  if (value.empty()) return {};
  const auto found = std::ranges::find(words, value.string_or(""));
  if (found == words.end()) {
    std::string known;
    for (const std::string_view word : words) known.append(known.empty() ? "" : ", ").append(word);
    return fail(Code::invalid_request, "`" + value.path() + "` must be one of " + known + ".",
                value.path());
  }
  out = static_cast<std::size_t>(found - words.begin());
  return {};
}

}  // namespace

std::string_view to_string(RunState state) {
  return kStates[static_cast<std::size_t>(state)];
}

std::optional<RunState> parse_run_state(std::string_view name) {
  const auto found = std::ranges::find(kStates, name);
  if (found == kStates.end()) return std::nullopt;
  return static_cast<RunState>(found - kStates.begin());
}

std::string_view to_string(Reducer reducer) {
  return kReducers[static_cast<std::size_t>(reducer)];
}

std::optional<Reducer> parse_reducer(std::string_view name) {
  const auto found = std::ranges::find(kReducers, name);
  if (found == kReducers.end()) return std::nullopt;
  return static_cast<Reducer>(found - kReducers.begin());
}

Result<RunSpec> read_run_spec(json::Value body) {
  static constexpr std::array<std::string_view, 15> kKnown{
      "name",    "dataset", "candidate",   "assertions", "threshold",
      "graders", "repeats", "concurrency", "reducer",    "max_cost_usd",
      "cache",   "include", "timeout_ms",  "rescore_of", "recorded"};
  TRY(json::only_known(body, kKnown));
  RunSpec out;
  TRY(json::read_text(body.get("name"), 256, out.name));
  TRY_ASSIGN(const std::string_view dataset, body.get("dataset").as_string());
  TRY_ASSIGN(out.dataset, parse_dataset_ref(dataset));
  TRY(read_candidate(body.get("candidate"), out));
  if (const json::Value assertions = body.get("assertions"); !assertions.empty()) {
    if (!assertions.is_array())
      return fail(Code::invalid_request, "`assertions` must be an array.", "assertions");
    out.assertions = assertions.raw();
    TRY(check_assertions(out.assertions, "assertions"));
  }
  if (const json::Value threshold = body.get("threshold"); !threshold.empty()) {
    TRY_ASSIGN(out.threshold, threshold.as_double());
  }
  TRY(read_graders(body.get("graders"), out));
  TRY(read_number(body.get("repeats"), 1, kMaxRepeats, out.repeats));
  TRY(read_number(body.get("concurrency"), 1, kMaxConcurrency, out.concurrency));
  std::size_t reducer = 0, cache = 0, include = 0;
  TRY(read_word(body.get("reducer"), kReducers, reducer));
  out.reducer = static_cast<Reducer>(reducer);
  TRY(read_ceiling(body.get("max_cost_usd"), out.max_cost));
  TRY(read_word(body.get("cache"), std::array<std::string_view, 2>{"off", "use"}, cache));
  out.cache = cache == 1;
  TRY(read_word(body.get("include"), std::array<std::string_view, 2>{"approved", "all"}, include));
  out.everything = include == 1;
  if (const json::Value timeout = body.get("timeout_ms"); !timeout.empty()) {
    std::int64_t ms = 0;
    TRY(read_number(timeout, 1, 3'600'000, ms));
    out.timeout_ms = ms;
  }
  TRY(json::read_text(body.get("rescore_of"), 64, out.rescore_of));
  if (const json::Value recorded = body.get("recorded"); !recorded.empty()) {
    TRY_ASSIGN(out.recorded, recorded.as_bool());
  }
  return out;
}

std::string write_run_spec(const RunSpec& spec) {
  std::string out;
  json::Writer w(out);
  w.begin_object().optional_field("name", spec.name);
  w.field("dataset", spec.dataset.version == 0
                         ? spec.dataset.name
                         : spec.dataset.name + "@" + std::to_string(spec.dataset.version));
  w.key("candidate").begin_object();
  if (!spec.prompt_name.empty()) {
    w.key("prompt").begin_object().field("name", spec.prompt_name);
    w.optional_field("version", spec.prompt_version).optional_field("label", spec.prompt_label);
    w.end_object();
  }
  w.optional_field("model", spec.model);
  if (!spec.knowledge.empty()) w.raw_field("knowledge", spec.knowledge);
  if (!spec.parameters.empty()) w.raw_field("parameters", spec.parameters);
  w.end_object();
  if (!spec.assertions.empty()) w.raw_field("assertions", spec.assertions);
  if (spec.threshold) w.field("threshold", *spec.threshold);
  if (!spec.grader.empty() || !spec.grader_embedding.empty()) {
    w.key("graders").begin_object().optional_field("model", spec.grader);
    w.optional_field("embedding", spec.grader_embedding).end_object();
  }
  w.field("repeats", spec.repeats).field("concurrency", spec.concurrency);
  w.field("reducer", to_string(spec.reducer));
  if (spec.max_cost) w.field("max_cost_usd", *spec.max_cost);
  w.field("cache", spec.cache ? "use" : "off");
  w.field("include", spec.everything ? "all" : "approved");
  if (spec.timeout_ms) w.field("timeout_ms", *spec.timeout_ms);
  w.optional_field("rescore_of", spec.rescore_of);
  if (spec.recorded) w.field("recorded", true);
  w.end_object();
  return out;
}

}  // namespace maester::evals
