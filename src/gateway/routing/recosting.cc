#include "gateway/routing/recosting.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "gateway/routing/price_lookup.h"

namespace maester::gateway {
namespace {

// The books that hold in a period, each from its time on; the first from the beginning.
using Books = std::vector<std::pair<WallTime, meter::PriceBook>>;

Result<Books> books_of(meter::PriceCatalog& prices, const Config& config,
                       const meter::RecostOrder& order) {
  Books out;
  if (!order.price_version.empty()) {
    TRY_ASSIGN(meter::PriceBook book, prices.find(order.price_version));
    out.emplace_back(WallTime::min(), std::move(book));
    return out;
  }
  std::optional<WallTime> at = order.from;
  while (at && (*at < order.to || out.empty())) {
    TRY_ASSIGN(const meter::PriceBook plain, prices.at(*at));
    TRY_ASSIGN(meter::PriceBook book, with_configured_prices(plain, config));
    out.emplace_back(out.empty() ? WallTime::min() : *at, std::move(book));
    at = prices.next_change(*at);
  }
  return out;
}

meter::RecostPrice price_at(const Books& books, const Config& config,
                            const meter::Settlement& settlement) {
  const meter::PriceBook* book = &books.front().second;
  for (const auto& [from, one] : books) {
    if (from <= settlement.at) book = &one;
  }
  const auto match = price_of(*book, config, settlement.dimensions);
  if (!match) return {};
  return {std::make_shared<const meter::ModelPrice>(*match->price), book->version()};
}

}  // namespace

Status Recosting::run(const meter::RecostOrder& order, const std::function<Status()>& commit) {
  auto config = std::make_shared<const Config>(publisher_.config());
  TRY_ASSIGN(Books books, books_of(prices_, *config, order));
  meter::RecostRequest request;
  request.from = order.from;
  request.to = order.to;
  request.dry_run = order.dry_run;
  request.price_version = order.price_version;
  request.price = [books = std::move(books), config](const meter::Settlement& settlement) {
    return price_at(books, *config, settlement);
  };
  return runner_.start(order.id, std::move(request), commit);
}

Status Recosting::start(const meter::RecostOrder& order, const access::Actor& actor) {
  return run(order, [&] { return orders_.begin(order, actor); });
}

// One runs at a time, so one is to be done, or none.
Result<std::size_t> Recosting::resume() {
  TRY_ASSIGN(const std::vector<meter::RecostOrder> orders, orders_.unfinished());
  if (!orders.empty()) TRY(run(orders.front(), [] { return Status{}; }));
  return orders.size();
}

Status Recosting::ended(const meter::RecostRun& run) {
  return run.state == meter::RecostState::stopped ? Status{} : orders_.end(run.id);
}

}  // namespace maester::gateway
