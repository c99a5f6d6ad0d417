#include "evals/runs/case_work.h"

#include "evals/runs/case_grade.h"
#include "evals/runs/grader_port.h"
#include "prompts/render.h"

namespace maester::evals {
namespace {

using Kind = CaseOutcome::Kind;

// A refusal for being too fast is waited out so often before it is the case's result.
constexpr std::int64_t kMostTooFast = 100, kMostAway = 8;

CaseOutcome done(CaseResult result) {
  CaseOutcome out;
  out.result = std::move(result);
  return out;
}

CaseOutcome ended(Code code, std::string message) {
  CaseOutcome out;
  out.kind = Kind::ended;
  out.error = make_error(code, std::move(message));
  return out;
}

}  // namespace

Result<std::unique_ptr<CaseWork>> CaseWork::make(const RunServices& services, const Run& run,
                                                 RunSpec spec, std::int64_t attempt,
                                                 Asking& asking) {
  std::unique_ptr<CaseWork> out(new CaseWork(services, run, std::move(spec), attempt, asking));
  out->registry_ = loopback_port(services.loopback, services.prompts,
                                 {.tenant = run.tenant, .key_id = run.key_id});
  if (!out->spec_.assertions.empty()) {
    TRY_ASSIGN(const Value list, parse_json(out->spec_.assertions));
    TRY_ASSIGN(out->assertions_, read_assertions(list, {.file = "assertions", .folder = {}}));
  }
  if (const auto prompt = run.candidate.find("prompt"); prompt != run.candidate.end())
    out->prompt_version_ = prompt->second.substr(prompt->second.rfind('@') + 1);
  if (const auto index = run.candidate.find("index"); index != run.candidate.end())
    out->index_version_ = index->second.substr(index->second.rfind('@') + 1);
  return out;
}

std::string CaseWork::key(const CaseTask& task) const {
  return "eval:" + run_.id + ":" + std::to_string(attempt_) + ":" + task.one->id + ":" +
         std::to_string(task.repeat);
}

CaseOutcome CaseWork::evaluate(const CaseTask& task) const {
  if (!spec_.rescore_of.empty()) return from_run(task);
  return spec_.recorded ? from_record(task) : ask(task);
}

CaseOutcome CaseWork::ask(const CaseTask& task) const {
  const auto body =
      case_body_to_ask({spec_, run_.id, prompt_version_, index_version_}, *task.one, task.repeat);
  if (!body) return done(failed_case(*task.one, task.repeat, "grader_error", body.error().message));
  const gateway::LoopbackReply reply = asking_.send(
      {.path = "/v1/chat/completions",
       .body = *body,
       .tenant = run_.tenant,
       .key_id = run_.key_id,
       .timeout = milliseconds(spec_.timeout_ms.value_or(0)),
       // What was refused before may be asked under a new key only: a refusal is kept, too.
       .idempotency_key = key(task) + ":" + std::to_string(task.tries),
       .purpose = "eval"});
  if (reply.stopping) return {.kind = Kind::stopped};
  const std::int64_t most = reply.status == 429 ? kMostTooFast : kMostAway;
  if ((reply.status == 429 || reply.status == 503) && task.tries < most)
    return {.kind = Kind::later, .retry_after = reply.retry_after};
  const CaseAnswer answer = read_case_answer(reply, wants_json(*body), wants_citations(spec_));
  if (reply.status == 401)
    return ended(Code::unauthenticated,
                 "The key that the run was made with is not valid any more.");
  if (reply.status == 402) return ended(Code::budget_exceeded, answer.answer.error);
  return judged(task, answer);
}

CaseOutcome CaseWork::from_run(const CaseTask& task) const {
  const auto stored =
      services_.runs.find_result(run_.tenant, spec_.rescore_of, task.one->id, task.repeat);
  if (!stored) return ended(stored.error().code, stored.error().message);
  const auto nothing = [&](std::string why) {
    return done(failed_case(*task.one, task.repeat, "http_error", std::move(why)));
  };
  if (!*stored) return nothing("The run " + spec_.rescore_of + " has no answer to this case.");
  const CaseResult& before = **stored;
  if (before.output.empty() && before.verdict == CaseResult::Verdict::error)
    return nothing("The answer was an error: " + before.reason);
  CaseAnswer answer;
  answer.request_id = before.request_id;
  // What is no text was kept as its JSON.
  auto list = before.output.starts_with('[') ? parse_json(before.output) : Result<Value>(Value());
  const bool calls = list && !list->array().empty() && list->array()[0].get("function").exists();
  answer.answer.output = calls ? std::move(*list) : Value::of(before.output);
  answer.answer.latency = milliseconds(before.latency_ms);
  answer.answer.cost = before.cost;
  answer.answer.prompt_tokens = before.input_tokens;
  answer.answer.completion_tokens = before.output_tokens;
  answer.answer.cached = before.cached;
  answer.failure = before.failure == "missing_citation"
                       ? before.failure
                       : failure_of_output(answer.answer.output, false);
  return judged(task, answer);
}

CaseOutcome CaseWork::from_record(const CaseTask& task) const {
  const auto recorded = services_.recorded.open(run_.tenant, task.one->source.request_id);
  if (!recorded) {
    return done(failed_case(*task.one, task.repeat, "http_error",
                            "Nothing was recorded of this case: " + recorded.error().message));
  }
  CaseAnswer answer;
  answer.request_id = recorded->row.request_id;
  answer.answer.output = Value::of(recorded->record().get("response").get("content").string_or(""));
  answer.answer.latency = milliseconds(recorded->latency_ms);
  answer.answer.cost = recorded->row.cost;
  answer.answer.prompt_tokens = recorded->row.input_tokens;
  answer.answer.completion_tokens = recorded->row.output_tokens;
  answer.failure =
      failure_of_output(answer.answer.output, wants_json(recorded->replay().get("body").raw()));
  return judged(task, answer);
}

// What the model was told, as graders see it.
std::string CaseWork::rendered(const Case& one) const {
  if (prompt_version_.empty() || one.vars.empty()) return one.messages;
  const auto version =
      services_.prompts.resolve(run_.tenant, spec_.prompt_name, {prompt_version_, {}});
  const auto vars = json::Document::parse(one.vars);
  if (!version || !vars) return {};
  auto text = prompts::render(**version, vars->root());
  return text ? std::move(text->text) : std::string();
}

CaseOutcome CaseWork::judged(const CaseTask& task, const CaseAnswer& answer) const {
  GraderPort port(asking_, *registry_, run_.tenant, run_.key_id, "grade:" + key(task));
  Graders graders(port, {.text = spec_.grader, .embedding = spec_.grader_embedding},
                  services_.grades);
  CaseResult result = judge_case(*task.one, task.repeat, answer,
                                 {.of_run = assertions_,
                                  .threshold = spec_.threshold,
                                  .prompt = rendered(*task.one),
                                  .graders = &graders});
  if (port.stopped()) return {.kind = Kind::stopped};
  return done(std::move(result));
}

}  // namespace maester::evals
