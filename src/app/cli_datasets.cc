// maester datasets create | add | list | show | cases | export | approve | quarantine | delete
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

#include "app/cli_filter.h"
#include "app/cli_session.h"
#include "app/text_table.h"
#include "codec/json_writer.h"
#include "evals/datasets/dataset.h"
#include "wire/url.h"

namespace maester::app {
namespace {

struct Options {
  std::string name, description, state, file, form, fixtures, message, format = "table";
  std::vector<std::string> files, cases;
  FilterOptions filter;
  ReviewOptions reviews;
  bool from_requests = false, from_reviews = false, approve = false, all = false;
  bool chooses() const { return from_requests || from_reviews; }
};

std::string path_of(std::string_view name, std::string_view more = {}) {
  return "/v1/datasets/" + wire::encode_segment(name) + std::string(more);
}

std::string_view type_of(const std::string& file) {
  const std::string ending = std::filesystem::path(file).extension().string();
  if (ending == ".jsonl" || ending == ".ndjson") return "application/x-ndjson";
  return ending == ".csv" ? "text/csv" : "application/yaml";
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Code::invalid_request, "cannot read " + path);
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

void print_added(CliSession& session, json::Value answer) {
  const auto count = [&](const char* name) { return cell_text(answer.get(name)); };
  const auto ids = [&](const char* name, const char* words) {
    const json::Value list = answer.get(name);
    if (list.get("count").int_or(0) == 0) return;
    session.out() << cell_text(list.get("count")) << " " << words;
    for (const json::Value id : list.get("ids")) session.out() << "\n  " << cell_text(id);
    session.out() << '\n';
  };
  session.out() << count("dataset") << "@" << count("version") << ": " << count("added")
                << " added, " << count("changed") << " changed, " << count("unchanged")
                << " unchanged; " << count("cases") << " cases\n";
  ids("duplicates", "passed over, their input is there already as");
  ids("not_captured", "passed over, their bodies were not kept ([capture] replay = \"full\"):");
  ids("not_usable", "passed over, they are no chats:");
  if (answer.get("more").bool_or(false))
    session.out() << "There are more such requests: raise --limit, or narrow the filter.\n";
}

// The answer to one request that adds cases, printed.
Status send(CliSession& session, const Options& options, const std::string& path, std::string body,
            std::string_view type) {
  TRY_ASSIGN(const std::string answer, session.request("POST", path, std::move(body), type));
  if (options.format == "json") {
    session.print_json(answer);
    return {};
  }
  TRY_ASSIGN(const json::Document document, json::Document::parse(answer));
  print_added(session, document.root());
  return {};
}

Status add_files(CliSession& session, const Options& options) {
  for (const std::string& file : options.files) {
    TRY_ASSIGN(std::string body, read_file(file));
    std::string path = path_of(options.name, "/cases?file=") +
                       wire::encode_segment(std::filesystem::path(file).filename().string());
    if (!options.state.empty()) path += "&state=" + wire::encode_segment(options.state);
    TRY(send(session, options, path, std::move(body), type_of(file)));
  }
  return {};
}

Status add_requests(CliSession& session, const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  if (options.from_requests) {
    TRY_ASSIGN(const std::string filter, filter_json(options.filter));
    w.raw_field("requests", filter);
  }
  if (options.from_reviews)
    w.raw_field("reviews", review_filter_json(options.reviews, options.filter));
  if (options.approve || !options.state.empty())
    w.field("state", options.approve ? "approved" : options.state);
  w.optional_field("message", options.message).end_object();
  return send(session, options, path_of(options.name, "/cases"), std::move(body),
              "application/json");
}

// The requests of the dataset's cases as fixtures, one file each.
Status write_fixtures(CliSession& session, const Options& options) {
  std::error_code failed;
  std::filesystem::create_directories(options.fixtures, failed);
  TRY_ASSIGN(const std::string cases, session.request_all(path_of(options.name, "/cases")));
  TRY_ASSIGN(const json::Document document, json::Document::parse(cases));
  std::size_t written = 0;
  for (const json::Value one : document.root()) {
    const std::string id(one.get("source").get("request_id").string_or(""));
    if (id.empty()) continue;
    TRY_ASSIGN(const std::string fixture,
               session.request("POST", "/v1/replays/" + wire::encode_segment(id) + "/fixture"));
    const auto path = std::filesystem::path(options.fixtures) / (id + ".json");
    std::ofstream out(path, std::ios::binary);
    out << fixture << '\n';
    if (!out.flush()) return fail(Code::io_error, "cannot write " + path.string());
    ++written;
  }
  session.err() << written << " fixtures in " << options.fixtures << '\n';
  return {};
}

Status fill(CliSession& session, const Options& options) {
  TRY(add_files(session, options));
  if (options.chooses()) TRY(add_requests(session, options));
  if (!options.fixtures.empty()) TRY(write_fixtures(session, options));
  return {};
}

void create(CliSession& session, const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object().field("name", options.name);
  w.optional_field("description", options.description).end_object();
  const auto made = session.request("POST", "/v1/datasets", std::move(body));
  if (!made) return session.fail(made.error().message);
  if (options.files.empty() && !options.chooses()) {
    if (options.format == "json") return session.print_json(*made);
    session.out() << "Dataset " << options.name << " is made; put cases into it: maester datasets "
                  << "add " << options.name << " FILE\n";
    return;
  }
  if (const Status filled = fill(session, options); !filled) {
    // Nothing half-made is left behind.
    (void)session.request("DELETE", path_of(options.name));
    session.fail(filled.error().message);
  }
}

void add(CliSession& session, const Options& options) {
  if (options.files.empty() && !options.chooses())
    return session.wrong_usage("say what to add: FILE..., --from-requests or --from-reviews");
  session.check(fill(session, options));
}

void list(CliSession& session, const Options& options) {
  session.call(options.format, "GET", "/v1/datasets", "", [&](json::Value answer) {
    print_rows(session.out(), answer.get("data"),
               {"name", "version", "cases", "approved", "pending", "quarantined", "updated_at"});
  });
}

// "name" and "?version=N" of "name@N".
std::pair<std::string, std::string> reference(CliSession& session, const Options& options) {
  const auto ref = evals::parse_dataset_ref(options.name);
  if (!ref) {
    session.wrong_usage(ref.error().message);
    return {};
  }
  return {ref->name, ref->version == 0 ? "" : "version=" + std::to_string(ref->version)};
}

void show(CliSession& session, const Options& options) {
  session.call(options.format, "GET", path_of(options.name), "", [&](json::Value dataset) {
    print_object(session.out(), dataset);
    const auto versions = session.request("GET", path_of(options.name, "/versions"));
    const auto document = versions ? json::Document::parse(*versions)
                                   : Result<json::Document>(fail(versions.error()));
    if (!document) return session.fail(document.error().message);
    session.out() << '\n';
    print_rows(session.out(), document->root().get("data"),
               {"version", "cases", "approved", "pending", "quarantined", "author", "message",
                "created_at"});
  });
}

void cases(CliSession& session, const Options& options) {
  const auto [name, version] = reference(session, options);
  if (name.empty()) return;
  std::string path = path_of(name, "/cases?limit=500");
  if (!version.empty()) path += "&" + version;
  if (!options.state.empty()) path += "&state=" + wire::encode_segment(options.state);
  const auto rows = session.request_all(path);
  if (!rows) return session.fail(rows.error().message);
  if (options.format == "json") return session.print_json(R"({"data":)" + *rows + "}");
  const auto document = json::Document::parse(*rows);
  if (!document) return session.fail(document.error().message);
  print_rows(session.out(), document->root(), {"id", "state", "vars", "expected", "source"});
}

void export_cases(CliSession& session, const Options& options) {
  const auto [name, version] = reference(session, options);
  if (name.empty()) return;
  std::string form = options.form;
  if (form.empty() && !options.file.empty()) {
    const std::string_view type = type_of(options.file);
    form = type == "text/csv" ? "csv" : type == "application/yaml" ? "yaml" : "jsonl";
  }
  std::string path = path_of(name, "/export?format=") + (form.empty() ? "jsonl" : form);
  if (!version.empty()) path += "&" + version;
  const auto text = session.request("GET", path);
  if (!text) return session.fail(text.error().message);
  if (options.file.empty()) {
    session.out() << *text;
    return;
  }
  std::ofstream out(options.file, std::ios::binary);
  out << *text;
  if (!out.flush()) session.fail("cannot write " + options.file);
}

void move(CliSession& session, const Options& options, std::string_view verb) {
  if (options.cases.empty() && !options.all)
    return session.wrong_usage("say which: CASE..., or --all");
  std::string body;
  json::Writer w(body);
  w.begin_object();
  if (options.all) w.field("all", true);
  if (!options.cases.empty()) {
    w.key("cases").begin_array();
    for (const std::string& id : options.cases) w.value(id);
    w.end_array();
  }
  w.optional_field("message", options.message).end_object();
  session.call(options.format, "POST", path_of(options.name, verb), std::move(body),
               [&](json::Value answer) { print_added(session, answer); });
}

void remove(CliSession& session, const Options& options) {
  session.call(options.format, "DELETE", path_of(options.name), "",
               [&](json::Value) { session.out() << "Dataset " << options.name << " is gone.\n"; });
}

}  // namespace

void add_dataset_commands(CLI::App& root, CliSession& session) {
  CLI::App* group = root.add_subcommand("datasets", "Sets of cases that evaluations run on");
  group->require_subcommand(1);
  auto options = std::make_shared<Options>();
  const auto command = [&](const char* name, const char* help, auto run, bool named = true) {
    CLI::App* made = group->add_subcommand(name, help);
    add_format(*made, options->format);
    if (named) made->add_option("NAME", options->name)->required();
    made->callback([&session, options, run] { run(session, *options); });
    return made;
  };
  const auto sources = [&](CLI::App* made) {
    made->add_option("FILE", options->files, "Cases: .jsonl, .csv, .yaml or .json");
    made->add_flag("--from-requests", options->from_requests,
                   "Cases of recorded requests, chosen by the options below");
    add_filter_options(*made, options->filter);
    made->add_flag("--from-reviews", options->from_reviews,
                   "Cases of reviewed requests; corrections are what is expected");
    add_review_options(*made, options->reviews);
    made->add_option("--state", options->state, "approved, pending or quarantined");
    made->add_flag("--approve", options->approve, "Approve the cases at once");
    made->add_option("--fixtures", options->fixtures, "Write the requests as fixtures, too");
    made->add_option("-m,--message", options->message, "What the new version is");
  };
  CLI::App* made = command("create", "Make a dataset", create);
  sources(made);
  made->add_option("--description", options->description);
  made->footer(
      "Example: what was called unhelpful, as cases and as fixtures:\n"
      "  maester datasets create unhelpful --from-requests --prompt support "
      "--feedback helpful=false --fixtures fixtures/");
  sources(command("add", "Put cases into a dataset: its next version", add));
  command("list", "The datasets", list, false);
  command("show", "A dataset and its versions", show);
  command("cases", "The cases of NAME or NAME@VERSION", cases)
      ->add_option("--state", options->state, "approved, pending or quarantined");
  made = command("export", "The cases of NAME or NAME@VERSION as a file", export_cases);
  made->add_option("-f,--file", options->file, "Write to FILE.jsonl, .csv or .yaml");
  made->add_option("--form", options->form, "jsonl, csv or yaml")
      ->check(CLI::IsMember({"jsonl", "csv", "yaml"}));
  for (const char* verb : {"approve", "quarantine"}) {
    made =
        command(verb,
                verb[0] == 'a' ? "Let runs ask these cases from the next version on"
                               : "Keep these cases from runs from the next version on",
                [verb](CliSession& s, const Options& o) { move(s, o, std::string("/") + verb); });
    made->add_option("CASE", options->cases, "Ids of cases");
    made->add_flag("--all", options->all,
                   verb[0] == 'a' ? "All that are pending" : "All of the dataset's");
    made->add_option("-m,--message", options->message, "Why");
  }
  command("delete", "Remove a dataset with all its versions", remove);
}

}  // namespace maester::app
