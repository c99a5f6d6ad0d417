#include "app/text_table.h"

#include <algorithm>
#include <array>
#include <ostream>
#include <utility>

#include "base/utf8.h"

namespace maester::app {
namespace {

std::string upper(std::string text) {
  for (char& c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (c == '_') c = ' ';
  }
  return text;
}

void flatten(json::Value value, const std::string& path,
             std::vector<std::pair<std::string, std::string>>& out) {
  const bool nested = (value.is_object() || value.is_array()) && value.size() > 0;
  if (!nested) {
    out.emplace_back(path, cell_text(value));
    return;
  }
  std::size_t index = 0;
  for (const json::Value member : value) {
    const std::string name =
        value.is_object() ? std::string(member.key()) : std::to_string(index++);
    flatten(member, path.empty() ? name : path + "." + name, out);
  }
}

}  // namespace

void TextTable::add(std::vector<std::string> row) {
  rows_.push_back(std::move(row));
}

void TextTable::print(std::ostream& out) const {
  std::vector<std::size_t> widths;
  for (const std::string& name : header_) widths.push_back(utf8::length(name));
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], utf8::length(row[i]));
    }
  }
  const auto print_row = [&](const std::vector<std::string>& row, bool header) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (i > 0) line += "  ";
      line += header ? upper(row[i]) : row[i];
      line.append(widths[i] - utf8::length(row[i]), ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  };
  print_row(header_, true);
  for (const auto& row : rows_) print_row(row, false);
}

std::string printable(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out;
}

std::string cell_text(json::Value value) {
  if (value.empty()) return {};
  if (value.is_string()) return printable(value.string_or(""));
  return printable(value.raw());
}

void print_rows(std::ostream& out, json::Value rows, std::vector<std::string> columns) {
  if (columns.empty()) {
    for (const json::Value member : rows.at(0)) columns.emplace_back(member.key());
  }
  if (columns.empty()) return;
  TextTable table(columns);
  for (const json::Value row : rows) {
    std::vector<std::string> cells;
    for (const std::string& column : columns) cells.push_back(cell_text(row.get(column)));
    table.add(std::move(cells));
  }
  table.print(out);
}

void print_object(std::ostream& out, json::Value object) {
  std::vector<std::pair<std::string, std::string>> lines;
  flatten(object, "", lines);
  std::size_t width = 0;
  for (const auto& [path, value] : lines) width = std::max(width, utf8::length(path));
  for (const auto& [path, value] : lines) {
    std::string line = printable(path);
    if (!value.empty()) {
      line.append(width - utf8::length(path), ' ');
      line += "  " + value;
    }
    out << line << '\n';
  }
}

}  // namespace maester::app
