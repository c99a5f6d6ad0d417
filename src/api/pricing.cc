// /v1/pricing: the prices in force, imports of price tables, and re-costing of the past.
#include <algorithm>
#include <array>

#include "api/body.h"
#include "api/change.h"
#include "api/handlers.h"
#include "codec/json_writer.h"
#include "gateway/routing/price_lookup.h"
#include "gateway/routing/publisher.h"
#include "meter/price_report.h"
#include "wire/url.h"

namespace maester::api {
namespace {

constexpr std::size_t kLargestTable = 32u << 20;

std::shared_ptr<const gateway::Snapshot> snapshot_of(const Context& context) {
  return context.deps.services().snapshots.current();
}

void write_price(json::Writer& w, std::string_view model, std::string_view source,
                 const meter::ModelPrice* price) {
  w.begin_object().field("model", model).field("source", source);
  if (price == nullptr) {
    w.key("prices").null().end_object();  // unpriced, which is not free
    return;
  }
  w.optional_field("provider", price->provider).optional_field("mode", price->mode);
  w.key("prices").begin_object();
  meter::each_price(*price,
                    [&w](const std::string& key, FemtoUsd quoted) { w.field(key, quoted); });
  w.end_object().end_object();
}

void write_import(json::Writer& w, const meter::PriceImport& import) {
  w.begin_object().field("number", import.number).field("source", import.source);
  w.field("version", import.version).field("valid_from", format_rfc3339(import.valid_from));
  w.field("imported_at", format_rfc3339(import.imported_at)).field("models", import.models);
  w.end_object();
}

void begin_answer(json::Writer& w, const meter::PriceBook& book) {
  w.begin_object().field("price_version", book.version());
  w.field("unit", "USD; tokens by the million");
}

void write_configured(json::Writer& w, const gateway::Snapshot& snapshot,
                      const gateway::ModelConfig& model) {
  const auto match = gateway::price_of(snapshot.prices(), snapshot.config(), model, model.name);
  write_price(w, model.name, match ? to_string(match->how) : "unpriced",
              match ? match->price : nullptr);
}

// A page of the whole book, by name.
Answer book_page(const gateway::Snapshot& snapshot, std::size_t limit, const std::string& after) {
  std::vector<std::string_view> names;
  for (const auto& [name, price] : snapshot.prices().models()) {
    if (name > after) names.push_back(name);
  }
  std::ranges::sort(names);
  const bool more = names.size() > limit;
  if (more) names.resize(limit);
  Answer answer;
  json::Writer w(answer.body);
  begin_answer(w, snapshot.prices());
  w.key("data").begin_array();
  for (const std::string_view name : names) {
    write_price(w, name, "exact", &snapshot.prices().models().find(name)->second);
  }
  w.end_array().key("next_cursor");
  more ? w.value(names.back()) : w.null();
  w.end_object();
  return answer;
}

Result<WallTime> read_instant(std::string_view text, std::string_view name) {
  const auto at = parse_rfc3339(text);
  if (at) return *at;
  return fail(Code::invalid_request,
              "`" + std::string(name) + "` is a day or a time in UTC, 2026-11-21 or " +
                  "2026-11-21T10:00:00Z.",
              std::string(name));
}

struct Uploaded {
  std::optional<meter::PriceBook> book;
  std::string_view source;
  meter::PriceReport report;
};

Result<Uploaded> read_table(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  const bool litellm = first != text.npos && text[first] == '{';
  std::vector<meter::PriceNote> notes;
  TRY_ASSIGN(meter::PriceBook book, litellm ? meter::PriceBook::import_litellm(text, "", notes)
                                            : meter::PriceBook::parse(text, notes));
  if (book.size() == 0) {
    return fail(Code::invalid_request, "The price table has no model with a price.");
  }
  Uploaded out{.book = book, .source = litellm ? "litellm" : "maester", .report = {}};
  out.report = make_report(book, std::move(notes));
  return out;
}

}  // namespace

runtime::Task<Result<Answer>> list_pricing(Context& context) {
  const auto snapshot = snapshot_of(context);
  const std::string_view query = context.request.query();
  if (wire::query_parameter(query, "book").value_or("") == "true") {
    CO_TRY_ASSIGN(const std::size_t limit, read_limit(query));
    const std::string after = wire::query_parameter(query, "cursor").value_or("");
    auto paging = context.deps.readers.run(
        [&]() -> Result<Answer> { return book_page(*snapshot, limit, after); });
    co_return co_await std::move(paging);
  }
  Answer answer;
  json::Writer w(answer.body);
  begin_answer(w, snapshot->prices());
  w.key("data").begin_array();
  for (const gateway::ModelConfig& model : snapshot->config().models) {
    if (!model.is_pattern()) write_configured(w, *snapshot, model);
  }
  w.end_array().key("next_cursor").null().key("imports").begin_array();
  for (const meter::PriceImport& import : context.deps.prices.imports()) write_import(w, import);
  w.end_array().end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> show_pricing(Context& context) {
  const auto snapshot = snapshot_of(context);
  const std::string& name = context.parameters[0];
  Answer answer;
  json::Writer w(answer.body);
  begin_answer(w, snapshot->prices());
  w.key("data").begin_array();
  const auto& models = snapshot->config().models;
  const auto model = std::ranges::find(models, name, &gateway::ModelConfig::name);
  if (model != models.end()) {
    write_configured(w, *snapshot, *model);
  } else {
    const auto provider = wire::query_parameter(context.request.query(), "provider").value_or("");
    const auto match = snapshot->prices().find(provider, name);
    if (!match) {
      co_return fail(Code::not_found,
                     "Neither the configuration nor the price book has a model of this name.");
    }
    write_price(w, match->key, to_string(match->how), match->price);
  }
  w.end_array().end_object();
  co_return answer;
}

runtime::Task<Result<Answer>> import_pricing(Context& context) {
  const std::string_view query = context.request.query();
  const bool dry_run = wire::query_parameter(query, "dry_run").value_or("") == "true";
  WallTime valid_from = context.deps.clock.wall();
  if (const auto given = wire::query_parameter(query, "valid_from")) {
    CO_TRY_ASSIGN(valid_from, read_instant(*given, "valid_from"));
  }
  auto reading = context.request.read_body(kLargestTable);
  CO_TRY_ASSIGN(const std::string text, co_await std::move(reading));
  auto parse = [&text] { return read_table(text); };
  auto parsing = context.deps.readers.run(parse);
  CO_TRY_ASSIGN(const Uploaded table, co_await std::move(parsing));
  meter::PriceCatalog::Added added;
  std::string in_force = snapshot_of(context)->prices().version();
  if (!dry_run) {
    auto store = [&]() -> Status {
      TRY_ASSIGN(added, context.deps.prices.add(*table.book, table.source, valid_from,
                                                context.deps.clock.wall(), actor_of(context)));
      TRY_ASSIGN(in_force, context.deps.publisher.publish());
      return {};
    };
    auto storing = change(context, store);
    CO_TRY(co_await std::move(storing));
  }
  Answer answer;
  answer.status = added.created ? 201 : 200;
  json::Writer w(answer.body);
  w.begin_object().field("created", added.created).field("dry_run", dry_run);
  w.field("price_version", in_force).key("import");
  dry_run ? static_cast<void>(w.null()) : write_import(w, added.import);
  w.key("report");
  append_report(w, table.report);
  w.end_object();
  co_return answer;
}

}  // namespace maester::api
