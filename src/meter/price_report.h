// What an import of a price table carried and what it did not, for people and programs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "codec/json_writer.h"
#include "meter/price_book.h"

namespace maester::meter {

struct PriceReport {
  std::size_t keys = 0;     // of the table, reserved ones included
  std::size_t carried = 0;  // models with a price in the book
  std::size_t partly = 0;   // of these, with a price field that was left out
  std::vector<PriceNote> notes;

  // A count for each kind and reason, with the first models of it.
  struct Reason {
    PriceNote::Kind kind;
    std::string reason;
    std::size_t count = 0;  // entries or fields
    std::vector<std::string> examples;
  };
  std::vector<Reason> reasons() const;  // the most frequent first
};

PriceReport make_report(const PriceBook& book, std::vector<PriceNote> notes);
// An object: keys, carried, partly, reasons [..], notes [{kind, model, field, reason}].
void append_report(json::Writer& w, const PriceReport& report);

}  // namespace maester::meter
