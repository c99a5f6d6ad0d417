// maester search | ask | collections
#include <CLI/CLI.hpp>
#include <memory>

#include "app/cli_session.h"
#include "app/text_table.h"
#include "base/utf8.h"
#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::app {
namespace {

constexpr std::size_t kSnippet = 160;

struct Options {
  std::string text, collection, mode = "hybrid", model, format = "table", filters, version;
  std::string reason, override_reason;
  std::int64_t top_k = 0;
  bool explain = false;
  // of collections
  std::string name, unit, embedding, language;
  std::int64_t size = 0, overlap = -1;
  bool flip = false;
};

std::string collection_path(std::string_view name, std::string_view rest) {
  return "/v1/collections/" + wire::encode_segment(name) + std::string(rest);
}

// On one line, as a table's cell.
std::string snippet(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == '\n' || c == '\t' || c == ' ';
    if (!space) out += c;
    if (space && !out.empty() && out.back() != ' ') out += ' ';
  }
  const bool cut = out.size() > kSnippet;
  std::string shown(utf8::truncate(out, kSnippet));
  if (cut) shown += "...";
  return printable(shown);
}

void search(CliSession& session, const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object().field("query", options.text).field("mode", options.mode);
  if (options.top_k > 0) w.field("top_k", options.top_k);
  if (options.explain) w.field("explain", true);
  w.optional_field("index_version", options.version);
  if (!options.filters.empty()) {
    if (const auto given = json::Document::parse(options.filters); !given)
      return session.wrong_usage("--filters is not JSON: " + given.error().message);
    w.raw_field("filters", options.filters);
  }
  w.end_object();
  session.call(
      options.format, "POST", collection_path(options.collection, "/search"), body,
      [&](json::Value answer) {
        TextTable table({"score", "source", "page", "bytes", "text"});
        for (const json::Value hit : answer.get("hits")) {
          table.add({cell_text(hit.get("score")).substr(0, 8),
                     printable(hit.get("source_id").string_or("")), cell_text(hit.get("page")),
                     cell_text(hit.get("start")) + "-" + cell_text(hit.get("end")),
                     snippet(hit.get("text").string_or(""))});
        }
        table.print(session.out());
        if (options.explain) session.out() << printable(answer.get("plan").string_or("")) << '\n';
      });
}

void ask(CliSession& session, const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object().field("question", options.text).optional_field("model", options.model);
  if (options.top_k > 0) w.field("top_k", options.top_k);
  w.optional_field("index_version", options.version).end_object();
  session.call(options.format, "POST", collection_path(options.collection, "/answers"), body,
               [&](json::Value answer) {
                 session.out() << answer.get("answer").string_or("") << "\n\n";
                 for (const json::Value cited : answer.get("citations")) {
                   session.out() << '[' << cell_text(cited.get("marker")) << "] "
                                 << printable(cited.get("source_id").string_or(""));
                   if (!cited.get("page").empty())
                     session.out() << " p. " << cell_text(cited.get("page"));
                   session.out() << " bytes " << cell_text(cited.get("start")) << '-'
                                 << cell_text(cited.get("end")) << ": \""
                                 << snippet(cited.get("quote").string_or("")) << "\"\n";
                 }
                 session.out() << cell_text(answer.get("grounding").get("status")) << ", "
                               << cell_text(answer.get("decision")) << ", request "
                               << cell_text(answer.get("request_id")) << '\n';
               });
}

// ---- collections

void write_spec(json::Writer& w, const Options& options) {
  if (!options.unit.empty() || options.size > 0 || options.overlap >= 0) {
    w.key("chunking").begin_object().optional_field("unit", options.unit);
    if (options.size > 0) w.field("size", options.size);
    if (options.overlap >= 0) w.field("overlap", options.overlap);
    w.end_object();
  }
  if (options.embedding == "local-hash" || options.embedding == "none") {
    w.key("embedding").begin_object().field("kind", options.embedding).end_object();
  } else if (options.embedding.starts_with("static:")) {
    w.key("embedding").begin_object().field("kind", "static");
    w.field("path", options.embedding.substr(7)).end_object();
  } else if (!options.embedding.empty()) {
    w.key("embedding").begin_object().field("model", options.embedding).end_object();
  }
  w.optional_field("language", options.language);
}

void write_why(json::Writer& w, const Options& options) {
  w.optional_field("reason", options.reason);
  if (options.override_reason.empty()) return;
  w.key("override").begin_object().field("reason", options.override_reason).end_object();
}

void list(CliSession& session, const Options& options) {
  session.call(options.format, "GET", "/v1/collections", "", [&](json::Value answer) {
    TextTable table({"name", "index", "documents", "ready", "failed", "chunks", "embedding"});
    for (const json::Value one : answer.get("data")) {
      const json::Value documents = one.get("documents");
      table.add({printable(one.get("name").string_or("")), cell_text(one.get("index_version")),
                 cell_text(documents.get("total")), cell_text(documents.get("ready")),
                 cell_text(documents.get("failed")), cell_text(one.get("index").get("chunks")),
                 cell_text(one.get("embedding").get("kind"))});
    }
    table.print(session.out());
  });
}

void show(CliSession& session, const Options& options) {
  session.call(options.format, "GET", collection_path(options.name, ""), "",
               [&](json::Value answer) { print_object(session.out(), answer); });
}

void create(CliSession& session, const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object().field("name", options.name);
  write_spec(w, options);
  w.end_object();
  session.call(options.format, "POST", "/v1/collections", body, [&](json::Value answer) {
    session.out() << "made the collection " << printable(answer.get("name").string_or("")) << '\n';
  });
}

void remove(CliSession& session, const Options& options) {
  session.call(options.format, "DELETE", collection_path(options.name, ""), "",
               [&](json::Value) { session.out() << "deleted " << options.name << '\n'; });
}

void documents(CliSession& session, const Options& options) {
  const auto rows = session.request_all(collection_path(options.name, "/documents"));
  if (!rows) return session.fail(rows.error().message);
  if (options.format == "json") return session.print_json(R"({"data":)" + *rows + "}");
  const auto doc = json::Document::parse(*rows);
  if (!doc) return session.fail(doc.error().message);
  print_rows(session.out(), doc->root(), {"source_id", "state", "title", "document_id"});
}

void versions(CliSession& session, const Options& options) {
  session.call(options.format, "GET", collection_path(options.name, "/versions"), "",
               [&](json::Value answer) {
                 print_rows(session.out(), answer.get("data"),
                            {"version", "state", "chunking", "embedding", "created_at", "job_id"});
               });
}

void build(CliSession& session, const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  write_spec(w, options);
  if (options.flip) w.field("flip", true);
  write_why(w, options);
  w.end_object();
  session.call(options.format, "POST", collection_path(options.name, "/versions"), body,
               [&](json::Value answer) {
                 session.out() << "building " << cell_text(answer.get("version")) << ", job "
                               << cell_text(answer.get("job_id")) << '\n';
               });
}

void tell_live(CliSession& session, const Options& options, json::Value answer) {
  if (answer.get("state").string_or("") != "live") {
    session.out() << cell_text(answer.get("version"))
                  << " lacks what came in since it was built; job "
                  << cell_text(answer.get("job_id"))
                  << " brings it in and then makes it the live one\n";
    return;
  }
  session.out() << options.name << " is now served by index " << cell_text(answer.get("version"))
                << '\n';
}

void flip(CliSession& session, const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object().field("version", options.version);
  write_why(w, options);
  w.end_object();
  session.call(options.format, "POST", collection_path(options.name, "/flip"), body,
               [&](json::Value answer) { tell_live(session, options, answer); });
}

void rollback(CliSession& session, const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object().optional_field("to_version", options.version);
  write_why(w, options);
  w.end_object();
  session.call(options.format, "POST", collection_path(options.name, "/rollback"), body,
               [&](json::Value answer) { tell_live(session, options, answer); });
}

using Run = void (*)(CliSession&, const Options&);

void add_spec_options(CLI::App& command, Options& options) {
  command.add_option("--unit", options.unit, "words, tokens, sentences, headings or tables");
  command.add_option("--size", options.size, "Of a chunk, in that unit (400)");
  command.add_option("--overlap", options.overlap, "Of neighbouring chunks (80)");
  command.add_option("--embedding", options.embedding,
                     "local-hash, none, static:FOLDER, or a model of the gateway");
  command.add_option("--language", options.language, "Of stemming: english, german, ..., none");
}

}  // namespace

void add_knowledge_commands(CLI::App& root, CliSession& session) {
  auto options = std::make_shared<Options>();
  const auto add = [&](CLI::App& parent, const char* name, const char* help, Run run) {
    CLI::App* command = parent.add_subcommand(name, help);
    add_format(*command, options->format);
    command->callback([&session, options, run] { run(session, *options); });
    return command;
  };
  CLI::App* command = add(root, "search", "Find passages in a collection", search);
  command->add_option("QUERY", options->text)->required();
  command->add_option("-c,--collection", options->collection)->required();
  command->add_option("-k,--top-k", options->top_k, "How many hits (10)");
  command->add_option("--mode", options->mode)
      ->check(CLI::IsMember({"hybrid", "lexical", "vector"}))
      ->capture_default_str();
  command->add_option("--filters", options->filters, R"(JSON, such as {"year":{"gte":2024}})");
  command->add_flag("--explain", options->explain, "Tell how the hits were found");
  const auto versioned = [&options](CLI::App* made) {
    made->add_option("--index-version", options->version, "Of this index, ready or live (v2)");
  };
  versioned(command);
  command = add(root, "ask", "Answer a question from a collection, with citations", ask);
  command->add_option("QUESTION", options->text)->required();
  command->add_option("-c,--collection", options->collection)->required();
  command->add_option("--model", options->model, "Ask this model or route");
  command->add_option("-k,--top-k", options->top_k, "How many passages it may read (8)");
  versioned(command);
  command->footer("Example:\n  maester ask \"How long may a refund take?\" --collection handbook");

  CLI::App* group = root.add_subcommand("collections", "Collections and their index versions");
  group->require_subcommand(1);
  add(*group, "list", "List the collections", list);
  const auto named = [&](const char* name, const char* help, Run run) {
    CLI::App* made = add(*group, name, help, run);
    made->add_option("NAME", options->name)->required();
    return made;
  };
  named("show", "Show one", show);
  add_spec_options(*named("create", "Make one", create), *options);
  named("delete", "Remove one with all its documents", remove);
  named("documents", "List the documents of one", documents);
  named("versions", "List the index versions of one", versions);
  command = named("build", "Build an index version aside, with other settings", build);
  add_spec_options(*command, *options);
  const auto moving = [&options](CLI::App* made) {
    made->add_option("--reason", options->reason, "Why, for the gates' decisions");
    made->add_option("--override", options->override_reason,
                     "Why gates that refuse are passed over (admins)");
    return made;
  };
  moving(command)->add_flag("--flip", options->flip, "Make it the live one when it is ready");
  command = named("flip", "Make a ready index version the live one", flip);
  moving(command)->add_option("VERSION", options->version)->required();
  command->footer("Example:\n  maester collections flip handbook v2");
  moving(named("rollback", "Go back to the index version that was live before", rollback))
      ->add_option("VERSION", options->version, "Or to this one");
}

}  // namespace maester::app
