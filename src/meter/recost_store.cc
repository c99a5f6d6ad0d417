#include "meter/recost_store.h"

#include <array>

namespace maester::meter {
namespace {

constexpr std::array<store::Migration, 1> kMigrations = {{
    {1, "re-costings to finish", R"sql(
CREATE TABLE recost_orders (
  id TEXT PRIMARY KEY,
  from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL, -- nanoseconds since the epoch
  dry_run INTEGER NOT NULL,
  price_version TEXT NOT NULL
) STRICT;
)sql"},
}};

std::int64_t ns(WallTime at) {
  return std::chrono::duration_cast<nanoseconds>(at.time_since_epoch()).count();
}

std::string canonical(const RecostOrder& order) {
  return format_rfc3339(order.from) + "\n" + format_rfc3339(order.to) + "\n" + order.price_version;
}

}  // namespace

Result<std::unique_ptr<RecostStore>> RecostStore::open(store::Database& control_db,
                                                       access::AuditLog& audit) {
  TRY(store::migrate(control_db, kMigrations, "recosting"));
  return std::unique_ptr<RecostStore>(new RecostStore(control_db, audit));
}

Status RecostStore::begin(const RecostOrder& order, const access::Actor& actor) {
  return db_.transaction([&]() -> Status {
    TRY_ASSIGN(store::Statement put, db_.prepare("INSERT INTO recost_orders VALUES (?,?,?,?,?)"));
    put.bind(1, order.id).bind(2, ns(order.from)).bind(3, ns(order.to));
    TRY(put.bind(4, std::int64_t{order.dry_run}).bind(5, order.price_version).run());
    if (order.dry_run) return {};
    return audit_.record(actor,
                         {access::kSystemChain, "pricing.recost", order.id, "", canonical(order)});
  });
}

Status RecostStore::end(std::string_view id) {
  TRY_ASSIGN(store::Statement gone, db_.prepare("DELETE FROM recost_orders WHERE id=?"));
  return gone.bind(1, id).run();
}

Result<std::vector<RecostOrder>> RecostStore::unfinished() {
  TRY_ASSIGN(store::Statement rows,
             db_.prepare("SELECT id, from_ns, to_ns, dry_run, price_version FROM recost_orders"
                         " ORDER BY id"));
  std::vector<RecostOrder> out;
  for (;;) {
    TRY_ASSIGN(const bool row, rows.step());
    if (!row) return out;
    out.push_back({.id = std::string(rows.text(0)),
                   .from = WallTime{nanoseconds{rows.integer(1)}},
                   .to = WallTime{nanoseconds{rows.integer(2)}},
                   .dry_run = rows.integer(3) != 0,
                   .price_version = std::string(rows.text(4))});
  }
}

}  // namespace maester::meter
