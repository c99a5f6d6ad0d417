// maester pricing show [MODEL]: the prices that the server charges by; without a server, or with a
// configuration's file, those of this program. import and recost: cli_pricing_import.cc
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "app/cli_session.h"
#include "app/config.h"
#include "app/nearest.h"
#include "app/text_table.h"
#include "codec/json_writer.h"
#include "gateway/routing/price_lookup.h"
#include "meter/price_book.h"
#include "wire/url.h"

namespace maester::app {
namespace {

struct Options {
  std::string model, config_file, format = "table";
  std::string provider;
};

struct Shown {
  std::string_view name;
  meter::PriceField field;
};
constexpr std::array<Shown, 5> kShown = {{{"input", meter::PriceField::input},
                                          {"cached_input", meter::PriceField::cache_read},
                                          {"cache_write", meter::PriceField::cache_write_5m},
                                          {"output", meter::PriceField::output},
                                          {"reasoning", meter::PriceField::reasoning}}};

// USD per million tokens of the sheet that holds without conditions.
std::vector<std::string> base_prices(const meter::ModelPrice& price) {
  std::vector<std::string> out;
  for (const Shown& shown : kShown) {
    std::string cell;
    for (const meter::PriceSheet& sheet : price.sheets()) {
      if (sheet.condition() == meter::PriceCondition{} && sheet.has(shown.field)) {
        cell = (sheet.price(shown.field) * 1'000'000).to_string();
      }
    }
    out.push_back(std::move(cell));
  }
  return out;
}

class Printer {
 public:
  explicit Printer(std::string_view book_version) {
    w_.begin_object().field("price_version", book_version).field("unit", "USD per million tokens");
    w_.key("data").begin_array();
  }
  void add(std::string_view model, std::string_view source, const meter::ModelPrice& price) {
    std::vector<std::string> cells = base_prices(price);
    w_.begin_object().field("model", model).field("source", source);
    for (std::size_t i = 0; i < kShown.size(); ++i) {
      w_.optional_field(std::string(kShown[i].name) + "_per_mtok", cells[i]);
    }
    w_.end_object();
    cells.insert(cells.begin(), {std::string(model), std::string(source)});
    table_.add(std::move(cells));
  }
  void print(CliSession& session, std::string_view format) {
    w_.end_array().end_object();
    if (format == "json") return session.print_json(json_);
    table_.print(session.out());
  }

 private:
  std::string json_;
  json::Writer w_{json_};
  TextTable table_{
      {"model", "source", "input", "cached_input", "cache_write", "output", "reasoning"}};
};

// A configured model by its own name, else what the book has under that name.
bool show_one(const Options& options, const gateway::Config& config, const meter::PriceBook& book,
              Printer& printer) {
  std::string provider = options.provider, upstream = options.model;
  for (const gateway::ModelConfig& model : config.models) {
    if (model.name != options.model) continue;
    if (provider.empty()) provider = model.provider;
    if (!model.upstream_model.empty()) upstream = model.upstream_model;
  }
  const auto match = book.find(provider, upstream, options.model);
  if (!match) return false;
  printer.add(match->key, meter::to_string(match->how), *match->price);
  return true;
}

std::vector<std::string_view> sorted_names(const meter::PriceBook& book) {
  std::vector<std::string_view> names;
  for (const auto& [name, price] : book.models()) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

// Keys of the server's `prices`, in the columns' order.
constexpr std::array<const char*, kShown.size()> kServerKeys = {
    "input", "cache_read", "cache_write", "output", "reasoning"};

void print_answer(CliSession& session, json::Value answer) {
  TextTable table(
      {"model", "source", "input", "cached_input", "cache_write", "output", "reasoning"});
  for (const json::Value row : answer.get("data")) {
    std::vector<std::string> cells{printable(row.get("model").string_or("")),
                                   printable(row.get("source").string_or(""))};
    for (const char* key : kServerKeys) cells.push_back(cell_text(row.get("prices").get(key)));
    table.add(std::move(cells));
  }
  table.print(session.out());
}

// False when no server answers.
bool show_from_server(CliSession& session, const Options& options) {
  std::string path = "/v1/pricing";
  if (!options.model.empty()) path += "/" + wire::encode_segment(options.model);
  if (!options.provider.empty()) path += "?provider=" + wire::encode_segment(options.provider);
  const auto answer = session.request("GET", path);
  if (!answer && session.last_answer_status() == 0) return false;
  if (!answer) {
    session.fail(answer.error().message);
    return true;
  }
  if (options.format == "json") {
    session.print_json(*answer);
    return true;
  }
  const auto doc = json::Document::parse(*answer);
  if (!doc) {
    session.fail("the server's answer is not JSON: " + doc.error().message);
    return true;
  }
  print_answer(session, doc->root());
  return true;
}

void show(CliSession& session, const Options& options) {
  if (options.config_file.empty()) {
    if (show_from_server(session, options)) return;
    session.err() << "no server answers: these are the prices that this program has built in\n";
  }
  gateway::Config config;
  if (!options.config_file.empty()) {
    const Environment stand_in = Environment::stand_in();  // prices need no secrets
    auto loaded = load_config(options.config_file, &stand_in);
    if (!loaded) {
      session.err() << to_string(loaded.error());
      return session.fail("the configuration has problems");
    }
    config = std::move(loaded->config);
  }
  const auto book = gateway::with_configured_prices(meter::PriceBook::builtin(), config);
  if (!book) return session.fail(book.error().message);
  Printer printer(book->version());
  if (options.model.empty()) {
    for (const gateway::ModelConfig& model : config.models) {
      Options one = options;
      one.model = model.name;
      (void)show_one(one, config, *book, printer);
    }
    if (config.models.empty()) {
      for (const std::string_view name : sorted_names(*book)) {
        printer.add(name, "exact", book->models().find(name)->second);
      }
    }
    return printer.print(session, options.format);
  }
  if (show_one(options, config, *book, printer)) return printer.print(session, options.format);
  session.fail("the price book has no `" + options.model + "`" +
               did_you_mean(options.model, sorted_names(*book)) +
               "\nSet its price in the configuration: price = { input_per_mtok = \"..\", "
               "output_per_mtok = \"..\" }");
}

}  // namespace

void add_pricing_commands(CLI::App& root, CliSession& session) {
  CLI::App* group = root.add_subcommand("pricing", "Prices: look them up, import them");
  group->require_subcommand(1);
  CLI::App* command = group->add_subcommand(
      "show",
      "Show prices in USD per million tokens: of one model, of the configured ones, or all");
  auto options = std::make_shared<Options>();
  command->add_option("MODEL", options->model, "Name of a model");
  command->add_option("--provider", options->provider, "The provider it is bought from");
  command->add_option("--config", options->config_file,
                      "By this file and the built-in table, without asking a server");
  add_format(*command, options->format);
  command->footer(
      "Examples:\n  maester pricing show gpt-4.1-mini\n"
      "  maester pricing show --config maester.toml -o json");
  command->callback([&session, options] { show(session, *options); });
  add_pricing_import_commands(*group, session);
}

}  // namespace maester::app
