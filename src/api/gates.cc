// /v1/gates: what may not go live before a run shows that it may.
#include "evals/gates/gates.h"

#include <array>
#include <charconv>

#include "api/answers.h"
#include "api/body.h"
#include "api/change.h"
#include "api/eval_services.h"
#include "api/gate_handlers.h"
#include "api/gate_live.h"
#include "codec/json_object.h"
#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::api {
namespace {

using evals::Gate;
using runtime::Task;

constexpr std::array<std::string_view, 8> kMembers{"name", "guards", "dataset", "baseline",
                                                   "with", "rules",  "max_age", "override_role"};

void write_stored(json::Writer& w, const Gate& gate) {
  std::string text = evals::gate_json(gate);
  text.pop_back();  // the object goes on
  w.raw(text + ",\"created_at\":\"" + format_rfc3339(gate.created_at) + "\"}");
}

Answer gate_answer(const Gate& gate, int status) {
  return object_answer(gate, write_stored, status);
}

Result<evals::Gates::Question> read_question(json::Value body) {
  evals::Gates::Question out;
  const json::Value run = body.get("run"), candidate = body.get("candidate");
  if (run.empty() == candidate.empty()) {
    return fail(Code::invalid_request,
                "Ask about a `candidate`, such as {\"prompt\": \"greet@v3\"}, or about a `run` by "
                "its id: one of both.",
                "candidate");
  }
  if (!run.empty()) {
    TRY(json::read_text(run, 64, out.run));
    return out;
  }
  if (!candidate.is_object() || candidate.size() > 16 || candidate.duplicate_key())
    return fail(Code::invalid_request, "`candidate` must be an object of up to 16 members.",
                "candidate");
  for (const json::Value one : candidate) {
    TRY_ASSIGN(const std::string_view value, one.as_string());
    out.candidate.emplace(std::string(one.key()), std::string(value));
  }
  return out;
}

Result<Answer> checked(const Context& context, const Gate& gate, evals::Gates::Question question) {
  std::string object = gate.guards.object;
  evals::Candidate candidate = question.candidate;
  if (!question.run.empty()) {
    TRY_ASSIGN(const evals::Run run,
               context.deps.evals.runs.find(context.principal.tenant, question.run));
    candidate = run.candidate;
  }
  (void)evals::target_of(candidate, gate.guards, object);
  const auto snapshot = context.deps.services().snapshots.newest();
  question.live =
      live_at(context.deps, snapshot->config(), context.principal.tenant, gate.guards, object);
  TRY_ASSIGN(const evals::GateVerdict verdict, context.deps.evals.gates.check(gate, question));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().field("gate", gate.name).optional_field("live", question.live);
  evals::write_verdict(w, verdict);
  w.end_object();
  return answer;
}

void write_decision(json::Writer& w, const evals::Decision& one) {
  w.begin_object().field("seq", one.seq).field("kind", one.kind).field("object", one.object);
  w.optional_field("slot", one.slot).field("from", one.from).field("to", one.to);
  w.field("outcome", one.outcome);
  if (!one.verdict.empty()) w.raw_field("verdict", one.verdict);
  w.optional_field("reason", one.reason).field("actor", one.actor).field("source", one.source);
  w.field("role", one.role).field("at", format_rfc3339(one.at)).end_object();
}

}  // namespace

Task<Result<Answer>> create_gate(Context& context) {
  auto reading = read_object(context, kMembers);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(Gate gate, evals::read_gate(document.root()));
  gate.tenant = context.principal.tenant;
  auto work = [&] { return context.deps.evals.gates.create(gate, actor_of(context)); };
  auto creating = change(context, work);
  CO_TRY_ASSIGN(const Gate made, co_await std::move(creating));
  co_return gate_answer(made, 201);
}

Task<Result<Answer>> list_gates(Context& context) {
  co_return list_answer(context.deps.evals.gates.list(context.principal.tenant), write_stored);
}

Task<Result<Answer>> show_gate(Context& context) {
  CO_TRY_ASSIGN(const Gate gate,
                context.deps.evals.gates.find(context.principal.tenant, context.parameters[0]));
  co_return gate_answer(gate, 200);
}

Task<Result<Answer>> delete_gate(Context& context) {
  const std::string& name = context.parameters[0];
  auto work = [&] {
    return context.deps.evals.gates.remove(context.principal.tenant, name, actor_of(context));
  };
  auto removing = change(context, work);
  CO_TRY(co_await std::move(removing));
  co_return deleted_answer("name", name);
}

Task<Result<Answer>> check_gate(Context& context) {
  static constexpr std::array<std::string_view, 2> kKnown{"candidate", "run"};
  CO_TRY_ASSIGN(const Gate gate,
                context.deps.evals.gates.find(context.principal.tenant, context.parameters[0]));
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(const evals::Gates::Question question, read_question(document.root()));
  auto work = [&] { return checked(context, gate, question); };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> list_gate_decisions(Context& context) {
  CO_TRY_ASSIGN(const std::size_t limit, read_limit(context.request.query()));
  std::int64_t before = 0;
  if (const auto cursor = wire::query_parameter(context.request.query(), "cursor")) {
    const auto [end, error] =
        std::from_chars(cursor->data(), cursor->data() + cursor->size(), before);
    if (error != std::errc{} || end != cursor->data() + cursor->size() || before < 1)
      co_return fail(Code::invalid_request, "`cursor` is the `next_cursor` of a page.", "cursor");
  }
  auto work = [&] {
    return context.deps.evals.gates.decisions(context.principal.tenant, context.parameters[0],
                                              before, limit);
  };
  auto running = context.deps.control.run(work);
  CO_TRY_ASSIGN(const std::vector<evals::Decision> rows, co_await std::move(running));
  Answer answer;
  json::Writer w(answer.body);
  w.begin_object().key("data").begin_array();
  for (const evals::Decision& one : rows) write_decision(w, one);
  w.end_array().key("next_cursor");
  rows.size() == limit ? w.value(std::to_string(rows.back().seq)) : w.null();
  w.end_object();
  co_return answer;
}

}  // namespace maester::api
