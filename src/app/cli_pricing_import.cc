// maester pricing import FILE | recost --from D --to D
#include <CLI/CLI.hpp>
#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

#include "app/cli_session.h"
#include "app/text_table.h"
#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::app {
namespace {

struct Options {
  std::string file, valid_from, from, to, price_version, format = "table";
  bool dry_run = false, apply = false;
};

void print_import(CliSession& session, json::Value answer) {
  const json::Value report = answer.get("report");
  session.out() << cell_text(report.get("carried")) << " of " << cell_text(report.get("keys"))
                << " keys carried, " << cell_text(report.get("partly")) << " of them in part\n";
  TextTable table({"what", "count", "why", "for example"});
  for (const json::Value reason : report.get("reasons")) {
    std::string examples;
    for (const json::Value model : reason.get("examples")) {
      examples += (examples.empty() ? "" : ", ") + printable(model.string_or(""));
    }
    table.add({cell_text(reason.get("kind")), cell_text(reason.get("count")),
               cell_text(reason.get("reason")), examples});
  }
  if (!report.get("reasons").at(0).empty()) table.print(session.out());
  if (answer.get("dry_run").bool_or(false)) {
    session.out() << "nothing was stored: a dry run\n";
    return;
  }
  const json::Value import = answer.get("import");
  session.out() << (answer.get("created").bool_or(false) ? "stored" : "unchanged") << ": import "
                << cell_text(import.get("number")) << ", valid from "
                << cell_text(import.get("valid_from")) << "; in force now: price version "
                << cell_text(answer.get("price_version")) << '\n';
}

void import(CliSession& session, const Options& options) {
  std::ifstream in(options.file, std::ios::binary);
  if (!in) return session.fail("cannot read " + options.file);
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  std::string path =
      "/v1/pricing/import?dry_run=" + std::string(options.dry_run ? "true" : "false");
  if (!options.valid_from.empty()) {
    path += "&valid_from=" + wire::encode_segment(options.valid_from);
  }
  session.call(options.format, "POST", path, std::move(text),
               [&](json::Value answer) { print_import(session, answer); });
}

void print_recost(CliSession& session, json::Value run) {
  TextTable table(
      {"provider", "model", "attempts", "changed", "unpriced", "before", "after", "difference"});
  const auto add = [&table](std::string provider, std::string model, json::Value sums) {
    table.add({std::move(provider), std::move(model), cell_text(sums.get("attempts")),
               cell_text(sums.get("changed")), cell_text(sums.get("unpriced")),
               cell_text(sums.get("before_usd")), cell_text(sums.get("after_usd")),
               cell_text(sums.get("difference_usd"))});
  };
  for (const json::Value one : run.get("models")) {
    add(printable(one.get("provider").string_or("")), printable(one.get("model").string_or("")),
        one);
  }
  add("total", "", run.get("total"));
  table.print(session.out());
  if (run.get("dry_run").bool_or(false) && run.get("total").get("changed").int_or(0) > 0) {
    session.out() << "nothing was changed: repeat with --apply to correct it\n";
  }
}

void recost(CliSession& session, const Options& options) {
  std::string body;
  json::Writer(body)
      .begin_object()
      .field("from", options.from)
      .field("to", options.to)
      .optional_field("price_version", options.price_version)
      .field("dry_run", !options.apply)
      .end_object();
  auto answer = session.request("POST", "/v1/pricing/recost", body);
  while (true) {
    if (!answer) return session.fail(answer.error().message);
    const auto doc = json::Document::parse(*answer);
    if (!doc) return session.fail("the server's answer is not JSON: " + doc.error().message);
    const std::string_view state = doc->root().get("state").string_or("");
    if (state != "running") {
      if (state != "done") {
        return session.fail("the re-costing ended as " + printable(state) + ": " +
                            printable(doc->root().get("error").string_or("")));
      }
      return options.format == "json" ? session.print_json(*answer)
                                      : print_recost(session, doc->root());
    }
    const std::string id(doc->root().get("id").string_or(""));
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    answer = session.request("GET", "/v1/pricing/recost/" + wire::encode_segment(id));
  }
}

}  // namespace

void add_pricing_import_commands(CLI::App& pricing, CliSession& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command = pricing.add_subcommand(
      "import", "Import a price table: LiteLLM's model_prices_and_context_window.json, or TOML");
  command->add_option("FILE", options->file)->required();
  command->add_option("--valid-from", options->valid_from,
                      "The day, or the time in UTC, from which it holds; default: now");
  command->add_flag("--dry-run", options->dry_run, "Report only");
  add_format(*command, options->format);
  command->footer(
      "Prints what it could not carry, by reason; -o json lists every key.\n"
      "Example:\n  maester pricing import prices.json --valid-from 2026-12-01");
  command->callback([&session, options] { import(session, *options); });
  command = pricing.add_subcommand(
      "recost", "Price a period of the past anew and show, or correct, the difference");
  command->add_option("--from", options->from, "First day (UTC)")->required();
  command->add_option("--to", options->to, "Last day (UTC)")->required();
  command->add_option("--price-version", options->price_version,
                      "By this book; default: the one that was valid at each request's time");
  command->add_flag("--apply", options->apply, "Write corrections; without it nothing changes");
  add_format(*command, options->format);
  command->callback([&session, options] { recost(session, *options); });
}

}  // namespace maester::app
