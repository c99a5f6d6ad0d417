// maester prompts label | rollback | unlabel | history | results | approve | protect | unprotect |
// protections
#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>

#include "app/cli_prompts.h"
#include "app/cli_session.h"
#include "app/text_table.h"
#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::app {
namespace {

struct Options {
  std::string from, to_time;
  std::string name, label, target, to, reason, override_reason, comment, role, format = "table";
  std::string prompt = "*";
  std::string expected;
  bool expects = false;
  int approvals = 0;
};

std::string label_path(const Options& options, std::string_view below) {
  return prompt_path({options.name, "", ""}, "/labels/" + wire::encode_segment(options.label)) +
         std::string(below);
}

void print_move(CliSession& session, const Options& options, json::Value answer) {
  session.out() << options.name << ": " << options.label << " is now ";
  if (const json::Value split = answer.get("split"); split.is_array()) {
    const char* comma = "";
    for (const json::Value share : split) {
      session.out() << comma << printable(share.get("version").string_or("")) << "="
                    << share.get("weight").raw();
      comma = ",";
    }
  } else {
    session.out() << printable(answer.get("version").string_or("not set"));
  }
  const std::string_view previous = answer.get("previous").string_or("");
  if (!previous.empty()) session.out() << ", was " << printable(previous);
  session.out() << '\n';
}

// "v2", or "v1=90,v2=10".
Status write_target(const std::string& target, json::Writer& w) {
  if (target.find('=') == std::string::npos) {
    w.field("version", target);
    return {};
  }
  w.key("split").begin_array();
  for (std::size_t at = 0; at < target.size();) {
    const std::size_t comma = std::min(target.find(',', at), target.size());
    const std::string one = target.substr(at, comma - at);
    const std::size_t equals = one.find('=');
    std::int64_t weight = 0;
    const char* const end = one.data() + one.size();
    if (equals == std::string::npos ||
        std::from_chars(one.data() + equals + 1, end, weight).ptr != end ||
        equals + 1 == one.size())
      return fail(Code::invalid_request,
                  "a split is VERSION=WEIGHT,VERSION=WEIGHT, not `" + one + "`");
    w.begin_object().field("version", one.substr(0, equals)).field("weight", weight).end_object();
    at = comma + 1;
  }
  w.end_array();
  return {};
}

void write_circumstances(const Options& options, json::Writer& w) {
  if (options.expects) w.field("expected_version", options.expected);
  w.optional_field("reason", options.reason);
  if (options.override_reason.empty()) return;
  w.key("override").begin_object().field("reason", options.override_reason).end_object();
}

void label(CliSession& session, const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object().field("label", options.label);
  if (const Status good = write_target(options.target, w); !good)
    return session.wrong_usage(good.error().message);
  write_circumstances(options, w);
  w.end_object();
  session.call(options.format, "POST", prompt_path({options.name, "", ""}, "/labels"), body,
               [&](json::Value answer) { print_move(session, options, answer); });
}

void rollback(CliSession& session, const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object().field("label", options.label).optional_field("to_version", options.to);
  write_circumstances(options, w);
  w.end_object();
  session.call(options.format, "POST", prompt_path({options.name, "", ""}, "/rollback"), body,
               [&](json::Value answer) { print_move(session, options, answer); });
}

void unlabel(CliSession& session, const Options& options) {
  std::string query =
      options.reason.empty() ? "" : "&reason=" + wire::encode_segment(options.reason);
  if (options.expects) query += "&expected_version=" + wire::encode_segment(options.expected);
  if (!query.empty()) query.front() = '?';
  session.call(options.format, "DELETE", label_path(options, query), "",
               [&](json::Value answer) { print_move(session, options, answer); });
}

void history(CliSession& session, const Options& options) {
  const auto rows = session.request_all(label_path(options, "/history"));
  if (!rows) return session.fail(rows.error().message);
  if (options.format == "json") return session.print_json(R"({"data":)" + *rows + "}");
  const auto doc = json::Document::parse(*rows);
  if (!doc) return session.fail(doc.error().message);
  print_rows(session.out(), doc->root(), {"at", "by", "from", "to", "rollback", "reason"});
}

// "0.12 [0.08, 0.17]", and behind it what it is more or less than the first.
std::string figure(json::Value one) {
  const auto number = [](json::Value value) -> std::string {
    const auto read = value.as_double();
    if (!read) return "?";
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", *read);
    return text;
  };
  if (!one.get("value").is_number()) return "-";
  std::string out = number(one.get("value")) + " [" + number(one.get("low")) + ", " +
                    number(one.get("high")) + "]";
  if (const json::Value by = one.get("difference"); by.is_object()) {
    out += ", differs by " + number(by.get("value")) + " [" + number(by.get("low")) + ", " +
           number(by.get("high")) + "]";
  }
  return out;
}

void results(CliSession& session, const Options& options) {
  std::string query;
  if (!options.from.empty()) query += "&from=" + wire::encode_segment(options.from);
  if (!options.to_time.empty()) query += "&to=" + wire::encode_segment(options.to_time);
  if (!query.empty()) query.front() = '?';
  session.call(options.format, "GET", label_path(options, "/results" + query), "",
               [&](json::Value answer) {
                 for (const json::Value version : answer.get("versions")) {
                   session.out() << printable(version.get("version").string_or("")) << ": "
                                 << version.get("requests").raw() << " requests\n";
                   for (const json::Value one : version) {
                     if (!one.is_object()) continue;
                     session.out() << "  " << printable(one.key()) << "  " << figure(one) << '\n';
                   }
                 }
               });
}

void approve(CliSession& session, const Options& options) {
  std::string body;
  json::Writer(body).begin_object().optional_field("comment", options.comment).end_object();
  const std::string below = "/versions/" + wire::encode_segment(options.target) + "/approve";
  session.call(options.format, "POST", prompt_path({options.name, "", ""}, below), body,
               [&](json::Value answer) {
                 session.out() << options.name << "@" << options.target << " has "
                               << answer.get("approvals").size() << " approvals\n";
               });
}

void protect(CliSession& session, const Options& options) {
  std::string body;
  json::Writer(body)
      .begin_object()
      .field("prompt", options.prompt)
      .field("label", options.label)
      .optional_field("role", options.role)
      .field("approvals", options.approvals)
      .end_object();
  session.call(options.format, "PUT", "/v1/protections", body,
               [&](json::Value answer) { print_object(session.out(), answer); });
}

void unprotect(CliSession& session, const Options& options) {
  session.call(options.format, "DELETE",
               "/v1/protections?prompt=" + wire::encode_segment(options.prompt) +
                   "&label=" + wire::encode_segment(options.label),
               "", [&](json::Value) {
                 session.out() << options.label << " of " << options.prompt
                               << " is not protected any more\n";
               });
}

void protections(CliSession& session, const Options& options) {
  session.call(options.format, "GET", "/v1/protections", "", [&](json::Value answer) {
    print_rows(session.out(), answer.get("data"),
               {"prompt", "label", "role", "approvals", "set_by", "set_at"});
  });
}

}  // namespace

void add_prompt_label_commands(CLI::App& group, CliSession& session) {
  auto options = std::make_shared<Options>();
  const auto make = [&](const char* name, const char* help,
                        void (*run)(CliSession&, const Options&)) {
    CLI::App* command = group.add_subcommand(name, help);
    add_format(*command, options->format);
    command->callback([&session, options, run] { run(session, *options); });
    return command;
  };
  const auto place = [&](CLI::App* command) {
    command->add_option("NAME", options->name)->required();
    command->add_option("LABEL", options->label)->required();
    return command;
  };
  const auto circumstances = [&](CLI::App* command) {
    command->add_option("--reason", options->reason, "Why; it stands in the label's history");
    command
        ->add_option_function<std::string>(
            "--expect",
            [options](const std::string& version) {
              options->expected = version;
              options->expects = true;
            },
            "Only if it points to this version now (\"\": is not set)")
        ->expected(1);
  };
  const auto overriding = [&](CLI::App* command) {
    command->add_option("--override", options->override_reason,
                        "Why gates and approvals are passed over (admins)");
  };
  CLI::App* command = place(make("label", "Point a label to a version, or split it", label));
  command->add_option("VERSION", options->target, "v2, or v1=90,v2=10")->required();
  circumstances(command);
  overriding(command);
  command = place(make("rollback", "Point a label back to what it had before", rollback));
  command->add_option("--to", options->to, "This version instead of the previous one");
  circumstances(command);
  overriding(command);
  circumstances(place(make("unlabel", "Take a label away", unlabel)));
  place(make("history", "Who moved a label when, and why", history));
  command = place(make("results", "What a label's versions answered, compared", results));
  command->add_option("--from", options->from, "Since this day or time");
  command->add_option("--to", options->to_time, "Up to this day or time");
  command = make("approve", "Approve a version that somebody else pushed", approve);
  command->add_option("NAME", options->name)->required();
  command->add_option("VERSION", options->target)->required();
  command->add_option("-m,--comment", options->comment);
  command = make("protect", "Say who may move a label", protect);
  command->add_option("LABEL", options->label)->required();
  command->add_option("--prompt", options->prompt, "Of this prompt (default: of every one)");
  command->add_option("--role", options->role, "member or admin (default)");
  command->add_option("--approvals", options->approvals, "By others than the version's author");
  command = make("unprotect", "Let everyone move a label again", unprotect);
  command->add_option("LABEL", options->label)->required();
  command->add_option("--prompt", options->prompt, "Of this prompt (default: of every one)");
  make("protections", "List protected labels", protections);
}

}  // namespace maester::app
