// The price books over time, durable in control.db: what was imported, from when on it holds, and
// every book that was ever in force, by its version, so that a receipt's price version can be
// looked up for ever.
//
// The book of an instant is the built-in table with the imports on top whose `valid_from` is not
// after it, in the order of valid_from, then of import: of two prices of one model the later one
// holds. What an import does not name keeps its price.
//
// imports() and next_change() are thread-safe. All else is blocking SQL on the connection given;
// REQUIRES: one thread at a time (the control pool's).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/audit.h"
#include "base/clock.h"
#include "base/result.h"
#include "meter/price_book.h"
#include "store/sqlite.h"

namespace maester::meter {

struct PriceImport {
  std::int64_t number = 0;  // 1, 2, 3, ... in the order of import
  std::string source;       // "litellm" or "maester", the form of the file
  std::string version;      // of the imported table alone
  WallTime valid_from{}, imported_at{};
  std::int64_t models = 0;
};

class PriceCatalog {
 public:
  // Creates what is missing in the schema. Both must outlive the catalog.
  static Result<std::unique_ptr<PriceCatalog>> open(store::Database& control_db,
                                                    access::AuditLog& audit);

  struct Added {
    PriceImport import;
    bool created = false;  // false: this table holds from then on already
  };
  // With its row in the audit log, in one transaction.
  Result<Added> add(const PriceBook& table, std::string_view source, WallTime valid_from,
                    WallTime now, const access::Actor& actor);
  // The book of an instant, without a configuration's own prices.
  Result<PriceBook> at(WallTime when);
  // Remembers a book that comes into force, own prices included.
  Status keep(const PriceBook& book, WallTime now);
  // A book that was kept; Code::not_found. Code::corrupt when it does not have its version.
  Result<PriceBook> find(std::string_view version);

  std::vector<PriceImport> imports() const;  // in the order in which they hold
  // When the next import begins to hold.
  std::optional<WallTime> next_change(WallTime after) const;

 private:
  PriceCatalog(store::Database& db, access::AuditLog& audit) : db_(db), audit_(audit) {}
  Status load();
  Status insert(const PriceImport& import, const PriceBook& table);
  store::Database& db_;
  access::AuditLog& audit_;
  mutable std::mutex mutex_;
  std::vector<PriceImport> imports_;
};

}  // namespace maester::meter
