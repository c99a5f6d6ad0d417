// The schema of `[[policies]]`, `[[tools]]` and what belongs to them. Private to the schema's
// files.
#pragma once

#include <array>

#include "app/config_fields.h"

namespace maester::app {

inline constexpr std::array<std::string_view, 12> kRuleTypes = {
    "pii",       "secrets", "injection", "words",       "topics",     "regex",
    "languages", "urls",    "length",    "json_schema", "moderation", "webhook"};
inline constexpr std::array<std::string_view, 3> kActions = {"record", "redact", "block"};
inline constexpr std::array<std::string_view, 2> kOnError = {"block", "allow"};
inline constexpr std::array<std::string_view, 3> kSensitivity = {"low", "medium", "high"};
inline constexpr std::array<std::string_view, 2> kOnDenied = {"refuse", "strip"};
inline constexpr std::array<std::string_view, 3> kOnInvalid = {"refuse", "repair", "record"};

inline constexpr std::array kRuleFields = {
    fields::required(fields::choice("type", "", kRuleTypes, {}, "What is looked for.")),
    fields::text("name", "", "Names it in receipts and errors. Default: `type`."),
    fields::choice("action", "block", kActions, {},
                   "`record` counts, `redact` puts a placeholder in its place, `block` refuses."),
    fields::choice("on_error", "block", kOnError, {},
                   "When the rule cannot run (its service is away): refuse, or let pass."),
    fields::list("kinds", Type::text_list,
                 "Of `pii` and `secrets`: which; of `moderation`: categories. None = all."),
    fields::list("allow", Type::text_list,
                 "Values that are no finding; of `urls` hosts, of `languages` codes: only these."),
    fields::list("deny", Type::text_list, "Of `urls` hosts, of `languages` codes: not these."),
    fields::list("words", Type::text_list,
                 "Of `words` and `topics`: whole words, `*` at the end for any ending."),
    fields::list("patterns", Type::text_list, "Of `regex`: expressions, run in linear time."),
    fields::list("roles", Type::text_list,
                 "Of input rules: whose messages (system, user, assistant, tool). None = all."),
    fields::integer("max_characters", "", 1, 100'000'000, "Of `length`."),
    fields::integer("min_characters", "", 1, 100'000'000, "Of `length`."),
    fields::choice("sensitivity", "medium", kSensitivity, {},
                   "Of `injection`: how few signals are enough."),
    fields::text("schema", "", "Of `json_schema`: the schema, as JSON."),
    fields::text("model", "", "Of `moderation`: a configured model that judges."),
    fields::text("url", "", "Of `webhook`: the address that judges; https."),
    fields::secret("secret", "Of `webhook`: signs what is sent (HMAC-SHA-256)."),
    fields::integer("timeout_ms", "2000", 1, 60'000,
                    "Of `moderation` and `webhook`: how long its verdict is waited for."),
};
inline constexpr Table kInputRuleTable{"`input` of [[policies]]", kRuleFields};
inline constexpr Table kOutputRuleTable{"`output` of [[policies]]", kRuleFields};

inline constexpr std::array kPolicyFields = {
    fields::required(fields::text("name", "", "What routes and `default_policy` refer to.")),
    fields::nested("input", Type::table_list, kInputRuleTable, "Rules for requests."),
    fields::nested("output", Type::table_list, kOutputRuleTable, "Rules for answers."),
};
inline constexpr Table kPolicyTable{"[[policies]]", kPolicyFields};

inline constexpr std::array kPolicyForFields = {
    fields::required(fields::text("policy", "", "Name of a policy.")),
    fields::text("tenant", "", "Whose requests it is for."),
    fields::text("key", "", "Id of the key whose requests it is for; before the tenant's."),
};
inline constexpr Table kPolicyForTable{"[[policy_for]]", kPolicyForFields};

inline constexpr std::array kToolFields = {
    fields::required(fields::text("name", "", "As callers declare it and models call it.")),
    fields::text("version", "v1", "Named in receipts."),
    fields::text("tenant", "", "Whose tool it is; none = of every tenant."),
    fields::text("schema", "", "JSON schema of its arguments; none = the caller's own."),
    fields::flag("enabled", "False: nobody may use it, from this load on."),
    fields::list("roles", Type::text_list, "Roles whose keys may use it; none = all."),
    fields::list("keys", Type::text_list, "Ids of the keys that may use it; none = all."),
    fields::list("groups", Type::text_list, "Groups that may use it; none = all."),
};
inline constexpr Table kToolTable{"[[tools]]", kToolFields};

inline constexpr std::array kToolRulesFields = {
    fields::field("only_configured", Type::flag,
                  "True: tools that are not in [[tools]] may not be used.", "false"),
    fields::choice("on_denied", "refuse", kOnDenied, {},
                   "A request that declares a tool that its caller may not use: refuse it, or "
                   "leave the tool out."),
    fields::choice("on_invalid", "record", kOnInvalid, {},
                   "A call in an answer that is not permitted or does not fit the tool's schema: "
                   "refuse the answer, try to repair it, or only count it."),
};
inline constexpr Table kToolRulesTable{"[tool_rules]", kToolRulesFields};

}  // namespace maester::app
