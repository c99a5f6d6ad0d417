#include "evals/csv.h"

#include "evals/value.h"

namespace maester::evals {
namespace {
constexpr std::size_t kMaxRow = 16 << 20;
}

Result<bool> CsvReader::next(std::vector<std::string>& row) {
  using Traits = std::istream::traits_type;
  const auto wrong = [&](std::string_view what) {
    return fail(Code::invalid_request, "line " + std::to_string(line_) + ": " + std::string(what));
  };
  row.clear();
  std::string cell;
  bool quoted = false, was_quoted = false, any = false;
  std::size_t size = 0;
  std::streambuf& in = *in_.rdbuf();
  if (!std::exchange(started_, true) && in.sgetc() == 0xef) {  // a byte-order mark
    for (int i = 0; i < 3; ++i) in.sbumpc();
  }
  row_line_ = line_;
  for (;;) {
    const auto got = in.sbumpc();
    const bool end = Traits::eq_int_type(got, Traits::eof());
    const char c = end ? '\n' : Traits::to_char_type(got);
    if (++size > kMaxRow) return wrong("a row has more than 16 MiB");
    if (quoted) {
      if (end) return wrong("a quoted cell has no closing quote");
      if (c == '\n') ++line_;
      if (c != '"') {
        cell += c;
      } else if (in.sgetc() == '"') {
        cell += static_cast<char>(in.sbumpc());
      } else {
        quoted = false;
      }
      continue;
    }
    if (c == '"') {
      if (!cell.empty() || was_quoted) return wrong("a quote stands in the middle of a cell");
      quoted = was_quoted = any = true;
    } else if (c == ',') {
      row.push_back(std::exchange(cell, {}));
      was_quoted = false;
      any = true;
    } else if (c == '\n') {
      if (!end) ++line_;
      if (!any && cell.empty()) {
        if (end) return false;
        row_line_ = line_;
        continue;
      }
      row.push_back(std::move(cell));
      return true;
    } else if (c == '\r') {
      if (in.sgetc() != '\n') return wrong("a carriage return stands in the middle of a row");
    } else if (was_quoted) {
      if (c != ' ') return wrong("something stands behind a quoted cell");
    } else {
      cell += c;
      any = true;
    }
  }
}

std::string csv_cell(std::string_view text) {
  std::string out(text);
  const bool formula = !out.empty() && std::string_view("=+-@\t").find(out[0]) != std::string::npos;
  if (formula && Value::of(out).to_number() != Value::of(out).to_number()) out.insert(0, "'");
  if (out.find_first_of(",\"\r\n") == std::string::npos) return out;
  std::string quoted = "\"";
  for (const char c : out) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

}  // namespace maester::evals
