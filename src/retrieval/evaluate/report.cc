#include <algorithm>
#include <cstdio>

#include "retrieval/evaluate/evaluate.h"

namespace maester::retrieval {
namespace {

template <class... Part>
void print(std::string& out, const char* format, Part... parts) {
  char line[256];
  const int size = std::snprintf(line, sizeof line, format, parts...);
  out.append(line, std::min(sizeof line - 1, static_cast<std::size_t>(std::max(size, 0))));
}

void add_row(std::string& out, const std::string& name, const Estimate& one, const char* format) {
  print(out, format, name.c_str(), one.mean, one.low, one.high);
}

std::string cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

void write(json::Writer& w, std::string_view name, const Estimate& one) {
  w.key(name).begin_object().field("mean", one.mean).field("low", one.low).field("high", one.high);
  w.end_object();
}

}  // namespace

std::string to_text(const Report& report) {
  const auto& settings = report.settings;
  constexpr const char* kRow = "%-12s %7.4f   [%.4f, %.4f]\n";
  std::string out;
  print(out, "%zu queries, %.0f%% intervals of %zu resamples\n", report.queries.size(),
        settings.confidence * 100, settings.resamples);
  add_row(out, "nDCG@" + std::to_string(settings.k), report.ndcg, kRow);
  add_row(out, "MRR@" + std::to_string(settings.k), report.mrr, kRow);
  add_row(out, "recall@" + std::to_string(settings.recall_k), report.recall, kRow);
  add_row(out, "MAP", report.map, kRow);
  if (report.without_judgement > 0)
    print(out, "%zu queries left out: none of their documents is judged relevant\n",
          report.without_judgement);
  return out;
}

std::string to_text(const Comparison& comparison, std::size_t most_changed) {
  constexpr const char* kRow = "%-12s %+7.4f   [%+.4f, %+.4f]\n";
  std::string out;
  print(out, "%zu queries better, %zu worse, %zu equal\n", comparison.better, comparison.worse,
        comparison.equal);
  add_row(out, "nDCG", comparison.ndcg, kRow);
  add_row(out, "MRR", comparison.mrr, kRow);
  add_row(out, "recall", comparison.recall, kRow);
  add_row(out, "MAP", comparison.map, kRow);
  for (std::size_t i = 0; i < std::min(most_changed, comparison.changed.size()); ++i) {
    const QueryDifference& one = comparison.changed[i];
    print(out, "%+.3f  %.3f -> %.3f  ", one.after - one.before, one.before, one.after);
    out += one.query + ": " + cut(one.text, 80) + "\n";
  }
  return out;
}

void write_json(json::Writer& w, const Report& report, bool per_query) {
  const auto& settings = report.settings;
  w.begin_object().field("k", settings.k).field("recall_k", settings.recall_k);
  w.field("confidence", settings.confidence).field("resamples", settings.resamples);
  w.field("seed", settings.seed).field("query_count", report.queries.size());
  w.field("without_judgement", report.without_judgement);
  write(w, "ndcg", report.ndcg);
  write(w, "mrr", report.mrr);
  write(w, "recall", report.recall);
  write(w, "map", report.map);
  if (per_query) {
    w.key("queries").begin_array();
    for (const QueryScores& one : report.queries) {
      w.begin_object().field("query", one.query).field("text", one.text);
      w.field("ndcg", one.ndcg).field("mrr", one.mrr).field("recall", one.recall);
      w.field("map", one.map).field("relevant", one.relevant).field("found", one.found);
      w.end_object();
    }
    w.end_array();
  }
  w.end_object();
}

void write_json(json::Writer& w, const Comparison& comparison) {
  w.begin_object();
  write(w, "ndcg", comparison.ndcg);
  write(w, "mrr", comparison.mrr);
  write(w, "recall", comparison.recall);
  write(w, "map", comparison.map);
  w.field("better", comparison.better).field("worse", comparison.worse);
  w.field("equal", comparison.equal).key("changed").begin_array();
  for (const QueryDifference& one : comparison.changed) {
    w.begin_object().field("query", one.query).field("text", one.text);
    w.field("before", one.before).field("after", one.after).end_object();
  }
  w.end_array().end_object();
}

}  // namespace maester::retrieval
