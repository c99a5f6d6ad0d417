#include "evals/runs/case_ask.h"

#include <algorithm>

#include "codec/json.h"
#include "codec/json_writer.h"
#include "evals/model_provider.h"

namespace maester::evals {
namespace {

constexpr std::string_view kOwn[] = {"model", "messages", "stream", "stream_options", "maester"};

bool is_own(std::string_view key) {
  return std::ranges::find(kOwn, key) != std::end(kOwn);
}

// The case's members under the candidate's.
Status write_parameters(json::Writer& w, const std::string& under, const std::string& over) {
  TRY_ASSIGN(const json::Document low, json::Document::parse(under.empty() ? "{}" : under));
  TRY_ASSIGN(const json::Document high, json::Document::parse(over.empty() ? "{}" : over));
  for (const json::Value one : low.root()) {
    if (!is_own(one.key()) && !high.root().get(one.key()).exists())
      w.raw_field(one.key(), one.raw());
  }
  for (const json::Value one : high.root()) {
    if (!is_own(one.key())) w.raw_field(one.key(), one.raw());
  }
  return {};
}

// As it was asked for, of the version that was pinned.
void write_knowledge(json::Writer& w, const std::string& asked, const std::string& version) {
  const auto document = json::Document::parse(asked);
  w.key("knowledge").begin_object();
  for (const json::Value one : document ? document->root() : json::Value{}) {
    if (one.key() != "index_version") w.raw_field(one.key(), one.raw());
  }
  w.optional_field("index_version", version).end_object();
}

void write_extension(json::Writer& w, const CaseAskPlan& plan, const Case& one,
                     std::int64_t repeat) {
  const RunSpec& spec = plan.spec;
  w.key("maester").begin_object();
  if (!plan.prompt_version.empty()) {
    w.key("prompt").begin_object().field("name", spec.prompt_name);
    w.field("version", plan.prompt_version);
    if (!one.vars.empty()) w.raw_field("variables", one.vars);
    w.end_object();
  }
  if (!spec.knowledge.empty()) write_knowledge(w, spec.knowledge, plan.index_version);
  // A kept answer would make all repeats one.
  w.key("cache").begin_object().field("mode", spec.cache && repeat == 0 ? "exact" : "off");
  w.end_object().key("metadata").begin_object().field("eval_run", plan.run);
  w.field("eval_case", one.id).end_object().end_object();
}

}  // namespace

Result<std::string> case_body_to_ask(const CaseAskPlan& plan, const Case& one,
                                     std::int64_t repeat) {
  std::string out;
  json::Writer w(out);
  w.begin_object().optional_field("model", plan.spec.model);
  TRY(write_parameters(w, one.parameters, plan.spec.parameters));
  if (plan.prompt_version.empty()) {
    if (one.messages.empty()) {
      return fail(Code::unprocessable,
                  "The case has variables and no messages: give the run a prompt "
                  "(`candidate.prompt`).");
    }
    w.raw_field("messages", one.messages);
  } else if (!one.vars.empty()) {
    w.raw_field("messages", one.own_messages.empty() ? "[]" : one.own_messages);
  } else {
    w.raw_field("messages", one.messages);
  }
  write_extension(w, plan, one, repeat);
  w.end_object();
  return out;
}

bool wants_json(std::string_view body) {
  const auto document = json::Document::parse(body);
  if (!document) return false;
  const std::string_view type =
      document->root().get("response_format").get("type").string_or("text");
  return type == "json_object" || type == "json_schema";
}

bool wants_citations(const RunSpec& spec) {
  const auto document = json::Document::parse(spec.knowledge);
  return document && document->root().get("require_citations").bool_or(false);
}

std::string failure_of_output(const Value& output, bool json_wanted) {
  if (output.is_array()) {
    for (const Value& call : output.array()) {
      if (!call.get("function").exists()) continue;
      const Value& arguments = call.get("function").get("arguments");
      if (!arguments.is_string() || !json::Document::parse(arguments.string()))
        return "bad_tool_call";
    }
    return {};
  }
  if (json_wanted && !json::Document::parse(output.string())) return "invalid_json";
  return {};
}

CaseAnswer read_case_answer(const gateway::LoopbackReply& reply, bool json_wanted,
                            bool citations_wanted) {
  CaseAnswer out;
  out.request_id = reply.request_id;
  out.answer = read_chat({.status = reply.status,
                          .body = reply.body,
                          .request_id = reply.request_id,
                          .latency = std::chrono::duration_cast<milliseconds>(reply.latency),
                          .cost = reply.cost,
                          .cached = reply.cached});
  if (!out.answer.error.empty()) {
    out.failure = "http_error";
    return out;
  }
  if (!out.answer.output.exists()) {
    out.answer.error = "the answer has no output";
    out.failure = "http_error";
    return out;
  }
  const auto document = json::Document::parse(reply.body);
  const json::Value told = document ? document->root().get("maester") : json::Value{};
  if (reply.repeated) {
    // The time of the first answer, not that of looking it up.
    double ms = 0;
    for (const json::Value attempt : told.get("attempts"))
      ms += attempt.get("duration_ms").as_double().value_or(0);
    out.answer.latency = milliseconds(static_cast<std::int64_t>(ms));
  }
  out.failure = failure_of_output(out.answer.output, json_wanted);
  if (citations_wanted && told.get("citations").size() == 0 &&
      told.get("decision").string_or("") == "return") {
    out.failure = "missing_citation";
  }
  return out;
}

}  // namespace maester::evals
