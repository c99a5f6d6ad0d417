#include "meter/price_catalog.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace maester::meter {
namespace {

constexpr std::array<store::Migration, 1> kMigrations = {{
    {1, "price imports and books", R"sql(
CREATE TABLE price_imports (
  number INTEGER PRIMARY KEY,
  source TEXT NOT NULL, version TEXT NOT NULL,
  valid_from INTEGER NOT NULL, imported_at INTEGER NOT NULL, -- nanoseconds since the epoch
  models INTEGER NOT NULL,
  text TEXT NOT NULL           -- docs/formats/price-table.md, canonical
) STRICT;
CREATE TABLE price_books (
  version TEXT PRIMARY KEY, first_used INTEGER NOT NULL,
  text TEXT NOT NULL           -- the canonical text that the version is the hash of
) STRICT, WITHOUT ROWID;
)sql"},
}};

std::int64_t ns(WallTime at) {
  return std::chrono::duration_cast<nanoseconds>(at.time_since_epoch()).count();
}

// For the audit log. The version is a hash of the prices.
std::string canonical(const PriceImport& import) {
  return import.source + "\n" + import.version + "\n" + format_rfc3339(import.valid_from);
}

auto order(const PriceImport& import) {
  return std::tuple(import.valid_from, import.number);
}

}  // namespace

Result<std::unique_ptr<PriceCatalog>> PriceCatalog::open(store::Database& control_db,
                                                         access::AuditLog& audit) {
  TRY(store::migrate(control_db, kMigrations, "pricing"));
  std::unique_ptr<PriceCatalog> catalog(new PriceCatalog(control_db, audit));
  TRY(catalog->load());
  return catalog;
}

Status PriceCatalog::load() {
  TRY_ASSIGN(store::Statement rows,
             db_.prepare("SELECT number, source, version, valid_from, imported_at, models"
                         " FROM price_imports ORDER BY valid_from, number"));
  std::vector<PriceImport> imports;
  while (true) {
    TRY_ASSIGN(const bool row, rows.step());
    if (!row) break;
    imports.push_back({.number = rows.integer(0),
                       .source = std::string(rows.text(1)),
                       .version = std::string(rows.text(2)),
                       .valid_from = WallTime{nanoseconds{rows.integer(3)}},
                       .imported_at = WallTime{nanoseconds{rows.integer(4)}},
                       .models = rows.integer(5)});
  }
  std::lock_guard lock(mutex_);
  imports_ = std::move(imports);
  return {};
}

Status PriceCatalog::insert(const PriceImport& import, const PriceBook& table) {
  TRY_ASSIGN(store::Statement put, db_.prepare("INSERT INTO price_imports VALUES (?,?,?,?,?,?,?)"));
  put.bind(1, import.number).bind(2, import.source).bind(3, import.version);
  put.bind(4, ns(import.valid_from)).bind(5, ns(import.imported_at)).bind(6, import.models);
  return put.bind(7, table.to_text()).run();
}

Result<PriceCatalog::Added> PriceCatalog::add(const PriceBook& table, std::string_view source,
                                              WallTime valid_from, WallTime now,
                                              const access::Actor& actor) {
  Added out{.import = {.number = 1,
                       .source = std::string(source),
                       .version = table.version(),
                       .valid_from = valid_from,
                       .imported_at = now,
                       .models = static_cast<std::int64_t>(table.size())},
            .created = false};
  for (const PriceImport& other : imports()) {
    out.import.number = std::max(out.import.number, other.number + 1);
  }
  // The import that would hold right before this one: the same table changes nothing.
  std::optional<PriceImport> before;
  for (const PriceImport& other : imports()) {
    if (order(other) < order(out.import)) before = other;
  }
  if (before && before->version == out.import.version) {
    out.import = *before;
    return out;
  }
  TRY(db_.transaction([&]() -> Status {
    TRY(insert(out.import, table));
    return audit_.record(actor, {access::kSystemChain, "pricing.import",
                                 std::to_string(out.import.number), "", canonical(out.import)});
  }));
  TRY(load());
  out.created = true;
  return out;
}

Result<PriceBook> PriceCatalog::at(WallTime when) {
  TRY_ASSIGN(store::Statement rows,
             db_.prepare("SELECT text, valid_from FROM price_imports WHERE valid_from <= ?"
                         " ORDER BY valid_from, number"));
  rows.bind(1, ns(when));
  std::optional<PriceTable> merged;
  while (true) {
    TRY_ASSIGN(const bool row, rows.step());
    if (!row) break;
    std::vector<PriceNote> notes;
    TRY_ASSIGN(PriceTable layer, read_price_table(rows.text(0), notes));
    if (!merged) merged = PriceTable{{}, PriceBook::builtin().models()};
    for (auto& [name, price] : layer.models) {
      merged->models.insert_or_assign(name, std::move(price));
    }
    merged->effective_from = format_day(WallTime{nanoseconds{rows.integer(1)}});
  }
  return merged ? PriceBook(std::move(*merged)) : PriceBook::builtin();
}

Status PriceCatalog::keep(const PriceBook& book, WallTime now) {
  TRY_ASSIGN(store::Statement known, db_.prepare("SELECT 1 FROM price_books WHERE version = ?"));
  TRY_ASSIGN(const bool there, known.bind(1, book.version()).step());
  if (there) return {};
  TRY_ASSIGN(store::Statement insert, db_.prepare("INSERT INTO price_books VALUES (?,?,?)"));
  return insert.bind(1, book.version()).bind(2, ns(now)).bind(3, book.full_text()).run();
}

Result<PriceBook> PriceCatalog::find(std::string_view version) {
  TRY_ASSIGN(store::Statement query, db_.prepare("SELECT text FROM price_books WHERE version = ?"));
  TRY_ASSIGN(const bool row, query.bind(1, version).step());
  if (!row) {
    return fail(Code::not_found, "There is no price book of this version.", "price_version");
  }
  TRY_ASSIGN(PriceBook book, PriceBook::restore(query.text(0)));
  if (book.version() != version) {
    return fail(Code::corrupt, "A stored price book does not have its version.");
  }
  return book;
}

std::vector<PriceImport> PriceCatalog::imports() const {
  std::lock_guard lock(mutex_);
  return imports_;
}

std::optional<WallTime> PriceCatalog::next_change(WallTime after) const {
  std::lock_guard lock(mutex_);
  const auto next = std::ranges::find_if(
      imports_, [after](const PriceImport& import) { return import.valid_from > after; });
  if (next == imports_.end()) return std::nullopt;
  return next->valid_from;
}

}  // namespace maester::meter
