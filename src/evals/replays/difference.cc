#include "evals/replays/difference.h"

#include <algorithm>

#include "codec/json.h"

namespace maester::evals {
namespace {

using Verdict = CaseResult::Verdict;

void append_shape(std::string& out, json::Value value) {
  switch (value.kind()) {
    case json::Kind::object: {
      std::vector<std::pair<std::string, std::string>> members;
      for (const json::Value one : value) {
        std::string shape;
        append_shape(shape, one);
        // Which tool is called is structure, what it is called with is not.
        if (one.key() == "name" && one.is_string() && value.get("arguments").exists())
          shape = json::quote(one.string_or(""));
        if (one.key() != "id") members.emplace_back(one.key(), std::move(shape));
      }
      std::ranges::sort(members);
      out += '{';
      for (const auto& [key, shape] : members)
        out.append(json::quote(key)).append(":").append(shape).append(",");
      out += '}';
      return;
    }
    case json::Kind::array: {
      // Elements of one shape are one, however many: a longer list has the same structure.
      std::vector<std::string> shapes;
      for (const json::Value one : value) {
        std::string shape;
        append_shape(shape, one);
        shapes.push_back(std::move(shape));
      }
      std::ranges::sort(shapes);
      const auto rest = std::ranges::unique(shapes);
      shapes.erase(rest.begin(), rest.end());
      out += '[';
      for (const std::string& shape : shapes) out.append(shape).append(",");
      out += ']';
      return;
    }
    case json::Kind::string:
      out += 's';
      return;
    case json::Kind::number:
      out += 'n';
      return;
    case json::Kind::boolean:
      out += 'b';
      return;
    case json::Kind::null:
    case json::Kind::absent:
      out += '0';
      return;
  }
}

bool cost_differs(const CaseResult& before, const CaseResult& after) {
  if (before.cost.has_value() != after.cost.has_value()) return true;
  if (!before.cost) return false;
  const int128 difference = after.cost->units() - before.cost->units();
  const int128 size = difference < 0 ? -difference : difference;
  return size * 10 > (before.cost->units() < 0 ? -before.cost->units() : before.cost->units());
}

bool latency_differs(const CaseResult& before, const CaseResult& after) {
  const std::int64_t size = std::abs(after.latency_ms - before.latency_ms);
  return size > 100 && size * 4 > before.latency_ms;
}

}  // namespace

std::string shape_of(std::string_view text) {
  const auto document = json::Document::parse(text);
  // A scalar alone is a text that happens to be one.
  if (!document || !(document->root().is_object() || document->root().is_array())) return {};
  std::string out;
  append_shape(out, document->root());
  return out;
}

std::vector<DifferenceKind> differences(const CaseResult& before, const CaseResult& after) {
  std::vector<DifferenceKind> out;
  if (before.output != after.output) {
    out.push_back(DifferenceKind::text);
    if (shape_of(before.output) != shape_of(after.output)) out.push_back(DifferenceKind::structure);
  }
  if (before.verdict != after.verdict) out.push_back(DifferenceKind::verdict);
  if (cost_differs(before, after)) out.push_back(DifferenceKind::cost);
  if (latency_differs(before, after)) out.push_back(DifferenceKind::latency);
  return out;
}

void DifferenceSums::add(const CaseResult& before, const CaseResult& after,
                         const std::vector<DifferenceKind>& kinds) {
  ++compared;
  same += kinds.empty() ? 1 : 0;
  for (const DifferenceKind kind : kinds) by_kind[static_cast<std::size_t>(kind)] += 1;
  regressed += before.verdict == Verdict::pass && after.verdict != Verdict::pass ? 1 : 0;
  improved += before.verdict != Verdict::pass && after.verdict == Verdict::pass ? 1 : 0;
  if (before.cost) cost_before += *before.cost;
  if (after.cost) cost_after += *after.cost;
  latency_before_ms += before.latency_ms;
  latency_after_ms += after.latency_ms;
}

void write_sums(json::Writer& w, const DifferenceSums& sums) {
  w.begin_object().field("compared", sums.compared).field("same", sums.same);
  w.field("missing", sums.missing).key("by_kind").begin_object();
  for (std::size_t i = 0; i < kDifferenceNames.size(); ++i)
    w.field(kDifferenceNames[i], sums.by_kind[i]);
  w.end_object().field("regressed", sums.regressed).field("improved", sums.improved);
  w.key("cost_usd").begin_object().field("before", sums.cost_before);
  w.field("after", sums.cost_after).end_object();
  const auto mean = [&](std::int64_t total) {
    return sums.compared == 0 ? 0.0
                              : static_cast<double>(total) / static_cast<double>(sums.compared);
  };
  w.key("mean_latency_ms").begin_object().field("before", mean(sums.latency_before_ms));
  w.field("after", mean(sums.latency_after_ms)).end_object().end_object();
}

}  // namespace maester::evals
