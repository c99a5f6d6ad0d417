#include "app/cli_filter.h"

#include <CLI/CLI.hpp>

#include "codec/json.h"
#include "codec/json_writer.h"

namespace maester::app {
namespace {

Result<std::pair<std::string, std::string>> pair_of(const std::string& text,
                                                    std::string_view option) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    return fail(Code::invalid_request, std::string(option) + " is KEY=VALUE, not `" + text + "`");
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

// A number, true, false or a quoted text is itself, anything else a text.
std::string value_json(const std::string& text) {
  const auto document = json::Document::parse(text);
  const bool scalar = document && (document->root().is_number() || document->root().is_bool() ||
                                   document->root().is_string());
  return scalar ? text : json::quote(text);
}

}  // namespace

void add_filter_options(CLI::App& command, FilterOptions& options, const std::string& prefix) {
  const std::string p = "--" + prefix;
  command.add_option("--request", options.requests, "This request id; may be repeated");
  command.add_option("--since", options.since, "From this time or day (UTC) on");
  command.add_option("--until", options.until, "Before this time or day (UTC)");
  command.add_option(p + "prompt", options.prompt, "Of this prompt");
  if (prefix.empty())
    command.add_option("--prompt-version", options.prompt_version, "Of this version of it");
  command.add_option(p + "model", options.model, "Asked for this model or route");
  command.add_option("--route", options.route, "Over this route");
  command.add_option("--key", options.key, "Of this key");
  command.add_option("--user", options.user, "Of this end user");
  command.add_option("--outcome", options.outcome, "settled, interrupted, failed or blocked");
  command.add_option("--status", options.status, "With this HTTP status");
  command.add_option("--feedback", options.feedback,
                     "With this feedback: NAME, or NAME=VALUE (helpful=false)");
  command.add_option("--metadata", options.metadata, "With the tag KEY=VALUE; may be repeated");
  command.add_option("--limit", options.limit, "At most so many, the newest (1000)");
}

void add_review_options(CLI::App& command, ReviewOptions& options) {
  command.add_option("--label", options.label, "Reviews whose last label is this (fail)");
  command.add_option("--reviewer", options.reviewer, "Labelled by this key; its last label counts");
  command.add_option("--grader", options.grader,
                     "A grader said of it: NAME, or NAME=true, NAME=false (passed or not)");
  command.add_option("--origin", options.origin, "escalated, sampled or manual");
  command.add_flag("--corrected", options.corrected, "With what the answer should have been");
  command.add_flag("--agreed", options.agreed, "Where all reviewers said the same");
}

std::string review_filter_json(const ReviewOptions& options, const FilterOptions& filter) {
  std::string out;
  json::Writer w(out);
  w.begin_object().optional_field("label", options.label);
  w.optional_field("reviewer", options.reviewer).optional_field("origin", options.origin);
  w.optional_field("prompt", filter.prompt).optional_field("model", filter.model);
  w.optional_field("from", filter.since).optional_field("to", filter.until);
  if (filter.limit > 0) w.field("limit", filter.limit);
  if (options.corrected) w.field("corrected", true);
  if (options.agreed) w.field("agreed", true);
  if (!options.grader.empty()) {
    const std::size_t equals = options.grader.rfind('=');
    w.key("grader").begin_object().field("name", options.grader.substr(0, equals));
    if (equals != std::string::npos)
      w.raw_field("passed", value_json(options.grader.substr(equals + 1)));
    w.end_object();
  }
  w.end_object();
  return out;
}

Result<std::string> filter_json(const FilterOptions& options) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  if (!options.requests.empty()) {
    w.key("request_ids").begin_array();
    for (const std::string& id : options.requests) w.value(id);
    w.end_array();
  }
  w.optional_field("from", options.since).optional_field("to", options.until);
  w.optional_field("prompt", options.prompt);
  w.optional_field("prompt_version", options.prompt_version);
  w.optional_field("model", options.model).optional_field("route", options.route);
  w.optional_field("key_id", options.key).optional_field("user", options.user);
  w.optional_field("outcome", options.outcome);
  if (options.status > 0) w.field("status", options.status);
  if (!options.feedback.empty()) {
    const std::size_t equals = options.feedback.find('=');
    w.key("feedback").begin_object().field("name", options.feedback.substr(0, equals));
    if (equals != std::string::npos)
      w.raw_field("value", value_json(options.feedback.substr(equals + 1)));
    w.end_object();
  }
  if (!options.metadata.empty()) {
    w.key("metadata").begin_object();
    for (const std::string& one : options.metadata) {
      TRY_ASSIGN(const auto pair, pair_of(one, "--metadata"));
      w.field(std::string_view(pair.first), pair.second);
    }
    w.end_object();
  }
  if (options.limit > 0) w.field("limit", options.limit);
  w.end_object();
  return out;
}

}  // namespace maester::app
