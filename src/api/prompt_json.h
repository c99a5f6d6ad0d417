// Prompts as the API reads and writes them; shared by the files behind /v1/prompts.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "api/route.h"
#include "codec/json.h"
#include "codec/json_writer.h"
#include "prompts/registry.h"

namespace maester::api {

void write_prompt_version(json::Writer& w, const prompts::PromptVersion& version,
                          const prompts::Labels& labels,
                          const std::vector<prompts::Approval>& approvals);
void write_label_target(json::Writer& w, const prompts::Target& target);  // version, split
void write_approvals(json::Writer& w, const std::vector<prompts::Approval>& approvals);

// Of a version as it is stored: with its labels and approvals.
Result<Answer> prompt_version_answer(const Context& context, const prompts::VersionPtr& version,
                                     int status);
Answer label_change_answer(const prompts::LabelChange& change);

// The members of a push.
inline constexpr std::array<std::string_view, 10> kPushMembers{
    "name",   "version", "template", "messages", "variables",
    "labels", "message", "config",   "fallback", "override"};
// Errors name the member. `name` is the path's, "" = the body says.
Result<prompts::NewVersion> read_new_version(json::Value body, std::string_view name);

// `expected_version` (null = not set) and `expected_revision` of the body.
Result<prompts::Expected> read_expected(json::Value body);

Result<std::string> optional_text(json::Value value);

}  // namespace maester::api
