// What a replay batch is asked to do, as it is sent.
#include <array>

#include "codec/json_object.h"
#include "codec/json_writer.h"
#include "evals/replays/replays.h"

namespace maester::evals {

Result<ReplaySpec> read_replay_spec(json::Value body) {
  static constexpr std::array<std::string_view, 13> kKnown{
      "name",        "requests",     "prompt_version", "prompt_label", "model",
      "knowledge",   "parameters",   "assertions",     "threshold",    "graders",
      "concurrency", "max_cost_usd", "timeout_ms"};
  TRY(json::only_known(body, kKnown));
  ReplaySpec out;
  if (body.get("requests").empty()) {
    return fail(Code::invalid_request, "Say which requests: `requests`, a filter.", "requests");
  }
  TRY_ASSIGN(out.requests, read_request_filter(body.get("requests")));
  // The rest is a run's, but for the dataset and the prompt's name, which come of the requests.
  std::string text;
  json::Writer w(text);
  w.begin_object().field("dataset", "replay").key("candidate").begin_object();
  for (const char* name : {"model", "knowledge", "parameters"}) {
    if (!body.get(name).empty()) w.raw_field(std::string_view(name), body.get(name).raw());
  }
  w.end_object();
  for (const char* name : {"name", "assertions", "threshold", "graders", "concurrency",
                           "max_cost_usd", "timeout_ms"}) {
    if (!body.get(name).empty()) w.raw_field(std::string_view(name), body.get(name).raw());
  }
  w.end_object();
  TRY_ASSIGN(const json::Document document, json::Document::parse(text));
  TRY_ASSIGN(out.run, read_run_spec(document.root()));
  TRY(json::read_text(body.get("prompt_version"), 128, out.run.prompt_version));
  TRY(json::read_text(body.get("prompt_label"), 128, out.run.prompt_label));
  if (!out.run.prompt_version.empty() && !out.run.prompt_label.empty()) {
    return fail(Code::invalid_request, "Give `prompt_version` or `prompt_label`, not both.",
                "prompt_label");
  }
  return out;
}

}  // namespace maester::evals
