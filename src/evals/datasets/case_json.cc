#include "evals/datasets/case_json.h"

#include <array>

#include "codec/json_canonical.h"
#include "codec/json_object.h"
#include "evals/assertion.h"
#include "evals/files.h"

namespace maester::evals {
namespace {

using Text = std::string Case::*;
struct Body {
  std::string_view name;
  Text text;
  json::Kind kind;  // absent = any
};
constexpr std::array<Body, 7> kMembers{{{"vars", &Case::vars, json::Kind::object},
                                        {"messages", &Case::messages, json::Kind::array},
                                        {"own_messages", &Case::own_messages, json::Kind::array},
                                        {"parameters", &Case::parameters, json::Kind::object},
                                        {"expected", &Case::expected, json::Kind::absent},
                                        {"assert", &Case::assertions, json::Kind::array},
                                        {"metadata", &Case::metadata, json::Kind::object}}};

using SourceText = std::string CaseSource::*;
constexpr std::array<std::pair<std::string_view, SourceText>, 6> kSource{
    {{"request_id", &CaseSource::request_id},
     {"run", &CaseSource::run},
     {"feedback", &CaseSource::feedback},
     {"review", &CaseSource::review},
     {"file", &CaseSource::file},
     {"group", &CaseSource::group}}};

Status read_bodies(json::Value value, Case& out) {
  for (const Body& member : kMembers) {
    const json::Value given = value.get(member.name);
    if (given.empty()) continue;
    if (member.kind != json::Kind::absent && given.kind() != member.kind) {
      return fail(Code::invalid_request,
                  "`" + given.path() + "` must be " +
                      (member.kind == json::Kind::object ? "an object." : "an array."),
                  given.path());
    }
    if (given.is_object() && given.duplicate_key()) {
      return fail(
          Code::invalid_request,
          "`" + given.path() + "` has the key `" + std::string(*given.duplicate_key()) + "` twice.",
          given.path());
    }
    out.*member.text = given.raw();
  }
  return {};
}

Status read_given_source(json::Value source, CaseSource& out) {
  if (source.empty()) return {};
  static constexpr std::array<std::string_view, 6> kKnown{"request_id", "run",  "feedback",
                                                          "review",     "file", "group"};
  TRY(json::only_known(source, kKnown));
  for (const auto& [name, text] : kSource) TRY(json::read_text(source.get(name), 512, out.*text));
  return {};
}

// What a suite's author may name, a dataset's may not: it would be a file of the server's.
Status no_files(const Value& value, std::string_view where) {
  if (!file_reference(value.string()).empty() || value.string().starts_with("package:")) {
    return fail(Code::invalid_request,
                std::string(where) + ": an assertion of a dataset or a run cannot name a file (`" +
                    value.string() + "`): write its content.",
                "assert");
  }
  for (const Value& one : value.array()) TRY(no_files(one, where));
  for (const evals::Member& one : value.members()) TRY(no_files(one.value, where));
  return {};
}

}  // namespace

Status check_assertions(std::string_view assertions, std::string_view where) {
  if (assertions.empty()) return {};
  TRY_ASSIGN(const Value list, parse_json(assertions));
  TRY(no_files(list, where));
  auto read = read_assertions(list, {.file = std::string(where), .folder = {}});
  if (!read) return fail(std::move(read.error()));
  for (const Assertion& one : *read) {
    if (one.kind == Assertion::Kind::max_score || one.kind == Assertion::Kind::select_best) {
      return fail(Code::invalid_request,
                  std::string(where) + ": `" + one.written +
                      "` compares the columns of a suite; a run has one.",
                  "assert");
    }
  }
  return {};
}

Result<Case> read_case(json::Value value) {
  static constexpr std::array<std::string_view, 13> kKnown{
      "id",     "description", "vars",     "messages", "own_messages", "parameters", "expected",
      "assert", "threshold",   "metadata", "source",   "state",        "since"};
  TRY(json::only_known(value, kKnown));
  Case out;
  TRY(json::read_text(value.get("id"), 128, out.id));
  if (!out.id.empty()) TRY(check_case_id(out.id));
  TRY(json::read_text(value.get("description"), 4'096, out.description));
  TRY(read_bodies(value, out));
  if (out.vars.empty() && out.messages.empty()) {
    return fail(Code::invalid_request,
                "A case needs an input: `vars` (variables of a prompt) or `messages` (a chat).",
                "vars");
  }
  TRY(check_assertions(out.assertions, "assert"));
  if (const json::Value threshold = value.get("threshold"); !threshold.empty()) {
    TRY_ASSIGN(out.threshold, threshold.as_double());
  }
  TRY(read_given_source(value.get("source"), out.source));
  if (const json::Value state = value.get("state"); !state.empty()) {
    const auto known = parse_case_state(state.string_or(""));
    if (!known) {
      return fail(Code::invalid_request, "`state` must be approved, pending or quarantined.",
                  "state");
    }
    out.state = *known;
  }
  if (case_body(out).size() > kMaxCaseBytes) return fail(Code::too_large, "A case may have 1 MiB.");
  return out;
}

namespace {

void write_bodies(json::Writer& w, const Case& one) {
  w.optional_field("description", one.description);
  for (const Body& member : kMembers) {
    if (!(one.*member.text).empty()) w.raw_field(member.name, one.*member.text);
  }
  if (one.threshold) w.field("threshold", *one.threshold);
}

}  // namespace

void write_case(json::Writer& w, const Case& one) {
  w.begin_object().field("id", one.id).field("state", to_string(one.state));
  write_bodies(w, one);
  if (one.source != CaseSource{}) w.raw_field("source", source_json(one.source));
  if (one.since > 0) w.field("since", one.since);
  w.end_object();
}

std::string case_body(const Case& one) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  write_bodies(w, one);
  w.end_object();
  return out;
}

Status read_case_body(std::string_view body, Case& into) {
  TRY_ASSIGN(const json::Document document, json::Document::parse(body));
  const json::Value root = document.root();
  into.description = root.get("description").string_or("");
  for (const Body& member : kMembers) into.*member.text = root.get(member.name).raw();
  if (const json::Value threshold = root.get("threshold"); !threshold.empty()) {
    TRY_ASSIGN(into.threshold, threshold.as_double());
  }
  return {};
}

std::string source_json(const CaseSource& source) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  for (const auto& [name, text] : kSource) w.optional_field(name, source.*text);
  w.end_object();
  return out;
}

CaseSource read_source(std::string_view text) {
  CaseSource out;
  const auto document = json::Document::parse(text);
  if (!document) return out;
  for (const auto& [name, member] : kSource) out.*member = document->root().get(name).string_or("");
  return out;
}

std::string canonical_input(const Case& one) {
  std::string out;
  for (const std::string* text : {&one.vars, &one.messages, &one.own_messages, &one.parameters}) {
    if (const auto document = json::Document::parse(*text); document)
      json::append_canonical(out, document->root());
    out += '\n';
  }
  return out;
}

}  // namespace maester::evals
