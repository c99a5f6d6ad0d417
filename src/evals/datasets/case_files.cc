#include "evals/datasets/case_files.h"

#include <algorithm>
#include <array>
#include <sstream>

#include "evals/csv.h"
#include "evals/datasets/case_json.h"
#include "evals/files.h"
#include "evals/suite.h"
#include "evals/yaml.h"

namespace maester::evals {
namespace {

// One written case, at `place` of `file`.
Status take(const std::string& text, std::string_view file, Place place, std::vector<Case>& out) {
  if (out.size() == static_cast<std::size_t>(kMaxCases))
    return fault(file, place, "a dataset may have 100,000 cases");
  const auto document = json::Document::parse(text);
  if (!document) return fault(file, place, document.error().message);
  auto read = read_case(document->root());
  if (!read) return fault(file, place, read.error().message);
  if (read->source == CaseSource{} && !file.empty())
    read->source.file = std::string(file) + ":" + std::to_string(place.line);
  out.push_back(std::move(*read));
  return {};
}

Result<std::vector<Case>> read_lines(std::string_view text, std::string_view file) {
  std::vector<Case> out;
  std::uint32_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const auto column = static_cast<std::uint32_t>(line.find_first_not_of(" \t") + 1);
    TRY(take(std::string(line), file, {number, column}, out));
  }
  return out;
}

Result<std::vector<Case>> read_yaml(const std::string& text, std::string_view file) {
  TRY_ASSIGN(const Value root, parse_yaml(text, file));
  const Value* list = &root;
  for (const std::string_view name : {"tests", "cases"}) {
    if (root.get(name).exists()) list = &root.get(name);
  }
  if (!list->is_array()) return fault(file, list->place, "a list of cases is expected");
  std::vector<Case> out;
  for (const Value& one : list->array()) {
    if (!one.is_object()) return fault(file, one.place, "a case must be a mapping");
    TRY(take(one.json(), file, one.place, out));
  }
  return out;
}

// Columns that a suite's CSV does not have, with JSON in their cells (but the first two).
constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kOwnColumns{
    {{"__id", "id"},
     {"__state", "state"},
     {"__messages", "messages"},
     {"__own_messages", "own_messages"},
     {"__parameters", "parameters"},
     {"__expected_answer", "expected"},
     {"__assert", "assert"},
     {"__metadata", "metadata"},
     {"__source", "source"}}};

Result<Value> case_of_row(const std::vector<std::string>& header,
                          const std::vector<std::string>& row) {
  std::vector<std::string> names, cells;
  Value own = Value::object();
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto* const found =
        std::ranges::find(kOwnColumns, header[i], &decltype(kOwnColumns)::value_type::first);
    if (found == kOwnColumns.end()) {
      names.push_back(header[i]);
      cells.push_back(row[i]);
    } else if (!row[i].empty()) {
      if (found - kOwnColumns.begin() < 2) {
        own.set(found->second, Value::of(row[i]));
        continue;
      }
      auto read = parse_json(row[i]);
      if (!read)
        return fail(Code::invalid_request,
                    "the cell of `" + header[i] + "` must be JSON: " + read.error().message);
      own.set(found->second, std::move(*read));
    }
  }
  TRY_ASSIGN(Value out, test_of_row(names, cells));
  // A chat beside cases with variables: its cells in their columns are empty.
  const auto& vars = out.get("vars").members();
  const bool no_vars =
      std::ranges::all_of(vars, [](const Member& one) { return one.value.string().empty(); });
  if (no_vars && own.get("messages").exists()) {
    Value rest = Value::object();
    for (const Member& one : out.members()) {
      if (one.key != "vars") rest.set(one.key, one.value);
    }
    out = std::move(rest);
  }
  for (const Member& one : own.members()) out.set(one.key, one.value);
  return out;
}

Result<std::vector<Case>> read_csv(const std::string& text, std::string_view file) {
  std::istringstream in(text);
  CsvReader reader(in);
  std::vector<std::string> header, row;
  const auto next = [&](std::vector<std::string>& into) -> Result<bool> {
    auto got = reader.next(into);
    if (!got) return fault(file, {reader.line(), 1}, got.error().message);
    return got;
  };
  TRY_ASSIGN(const bool any, next(header));
  if (!any) return fault(file, {1, 1}, "has no row of headings");
  std::vector<Case> out;
  for (;;) {
    TRY_ASSIGN(const bool more, next(row));
    if (!more) return out;
    const Place place{reader.line(), 1};
    if (row.size() != header.size())
      return fault(file, place,
                   "the row has " + std::to_string(row.size()) + " cells, the heading " +
                       std::to_string(header.size()));
    auto one = case_of_row(header, row);
    if (!one) return fault(file, place, one.error().message);
    TRY(take(one->json(), file, place, out));
  }
}

std::string write_csv(const std::vector<Case>& cases) {
  std::vector<std::string> names{"__id", "__state", "__description", "__threshold"};
  std::vector<Value> all;
  for (const Case& one : cases) {
    std::string text;
    json::Writer w(text);
    write_case(w, one);
    auto value = parse_json(text);
    all.push_back(value ? std::move(*value) : Value::object());
    for (const Member& variable : all.back().get("vars").members()) {
      if (std::ranges::find(names, variable.key) == names.end()) names.push_back(variable.key);
    }
  }
  for (const auto& [column, member] : kOwnColumns) {
    if (column != "__id" && column != "__state") names.emplace_back(column);
  }
  std::string out;
  const auto line = [&](const auto& cell_of) {
    for (std::size_t i = 0; i < names.size(); ++i)
      out.append(i == 0 ? "" : ",").append(csv_cell(cell_of(names[i])));
    out += '\n';
  };
  line([](const std::string& name) { return name; });
  for (const Value& one : all) {
    line([&](const std::string& name) -> std::string {
      if (name == "__description" || name == "__threshold")
        return one.get(std::string_view(name).substr(2)).shown();
      for (const auto& [column, member] : kOwnColumns) {
        if (column != name) continue;
        const Value& value = one.get(member);
        if (!value.exists()) return {};
        return column == "__id" || column == "__state" ? value.shown() : value.json();
      }
      return one.get("vars").get(name).shown();
    });
  }
  return out;
}

}  // namespace

Result<CaseFormat> case_format(std::string_view name) {
  const std::string ending = ending_of(name);
  const auto type = name.substr(0, name.find(';'));
  if (ending == ".jsonl" || ending == ".ndjson" || type == "application/x-ndjson" ||
      type == "application/jsonl" || type == "jsonl")
    return CaseFormat::json_lines;
  if (ending == ".csv" || type == "text/csv" || type == "csv") return CaseFormat::csv;
  if (ending == ".yaml" || ending == ".yml" || ending == ".json" || type == "application/yaml" ||
      type == "text/yaml" || type == "application/x-yaml" || type == "yaml")
    return CaseFormat::yaml;
  return fail(Code::invalid_request,
              "Cases come as JSON lines (.jsonl, application/x-ndjson), CSV (.csv, text/csv) or "
              "YAML and JSON (.yaml, .json, application/yaml), not as `" +
                  std::string(name) + "`.");
}

Result<std::vector<Case>> read_case_file(const std::string& text, std::string_view file,
                                         CaseFormat format) {
  auto out = format == CaseFormat::json_lines ? read_lines(text, file)
             : format == CaseFormat::csv      ? read_csv(text, file)
                                              : read_yaml(text, file);
  if (out && out->empty()) return fault(file, {1, 1}, "there is no case");
  return out;
}

std::string write_case_file(const std::vector<Case>& cases, CaseFormat format) {
  if (format == CaseFormat::csv) return write_csv(cases);
  std::string out;
  for (const Case& one : cases) {
    std::string text;
    json::Writer w(text);
    write_case(w, one);
    // YAML takes JSON as it is: a list of flow mappings, one a line.
    out.append(format == CaseFormat::yaml ? "- " : "").append(text) += '\n';
  }
  return out;
}

}  // namespace maester::evals
