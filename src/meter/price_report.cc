#include "meter/price_report.h"

#include <algorithm>
#include <set>

namespace maester::meter {
namespace {
constexpr std::size_t kExamples = 3;
}

PriceReport make_report(const PriceBook& book, std::vector<PriceNote> notes) {
  PriceReport out;
  std::set<std::string_view> partly;
  std::size_t left_out = 0;
  for (const PriceNote& note : notes) {
    if (note.kind == PriceNote::Kind::skipped && note.field.empty()) ++left_out;
    const bool field = !note.field.empty() && note.kind != PriceNote::Kind::rounded;
    if (field && book.models().contains(note.model)) partly.insert(note.model);
  }
  out.carried = book.size();
  out.keys = out.carried + left_out;
  out.partly = partly.size();
  out.notes = std::move(notes);
  return out;
}

std::vector<PriceReport::Reason> PriceReport::reasons() const {
  std::vector<Reason> out;
  for (const PriceNote& note : notes) {
    auto at = std::ranges::find_if(
        out, [&](const Reason& r) { return r.kind == note.kind && r.reason == note.reason; });
    if (at == out.end()) at = out.insert(out.end(), {note.kind, note.reason, 0, {}});
    ++at->count;
    if (at->examples.size() < kExamples) at->examples.push_back(note.model);
  }
  std::ranges::stable_sort(out, std::ranges::greater{}, &Reason::count);
  return out;
}

void append_report(json::Writer& w, const PriceReport& report) {
  w.begin_object().field("keys", report.keys).field("carried", report.carried);
  w.field("partly", report.partly).key("reasons").begin_array();
  for (const PriceReport::Reason& reason : report.reasons()) {
    w.begin_object().field("kind", to_string(reason.kind)).field("reason", reason.reason);
    w.field("count", reason.count).key("examples").begin_array();
    for (const std::string& model : reason.examples) w.value(model);
    w.end_array().end_object();
  }
  w.end_array().key("notes").begin_array();
  for (const PriceNote& note : report.notes) {
    w.begin_object().field("kind", to_string(note.kind)).field("model", note.model);
    w.optional_field("field", note.field).field("reason", note.reason).end_object();
  }
  w.end_array().end_object();
}

}  // namespace maester::meter
