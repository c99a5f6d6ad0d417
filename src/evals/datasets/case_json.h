// Cases as JSON: as they are sent and shown, and as they are kept. Pure.
#pragma once

#include <string>

#include "codec/json.h"
#include "codec/json_writer.h"
#include "evals/datasets/dataset.h"

namespace maester::evals {

// A case as it is sent: {id?, description?, vars?, messages?, own_messages?, parameters?,
// expected?, assert?, threshold?, metadata?, source?, state?}. Fails with Code::invalid_request,
// naming the member: one that is unknown, of another kind, or without an input; an assertion that
// is malformed, unknown, or names a file or code of the server's.
Result<Case> read_case(json::Value value);
// The same members, `since` beside them.
void write_case(json::Writer& w, const Case& one);

// What is sealed of it, and back.
std::string case_body(const Case& one);
Status read_case_body(std::string_view body, Case& into);
std::string source_json(const CaseSource& source);
CaseSource read_source(std::string_view text);

// What two cases are compared by: canonical text of variables, messages and parameters.
std::string canonical_input(const Case& one);

// Assertions of a server's objects: as read_assertions (assertion.h) has them, and nothing that
// names a file. `where` names the place in messages.
Status check_assertions(std::string_view assertions, std::string_view where);

}  // namespace maester::evals
