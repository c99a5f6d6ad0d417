// A row of CSV as a test: columns that begin with `__` say how it is judged, the others are
// variables.
#include <charconv>
#include <map>

#include "evals/suite.h"

namespace maester::evals {
namespace {

Result<double> number_in(const std::string& cell, std::string_view column) {
  const double out = Value::of(cell).to_number();
  if (out != out)
    return fail(Code::invalid_request,
                "`" + cell + "` in the column `" + std::string(column) + "` is no number");
  return out;
}

// "a, b\, c" -> ["a", "b, c"]
Value split_list(std::string_view cell) {
  Value::Array out;
  std::string part;
  const auto take = [&] {
    const auto from = part.find_first_not_of(' ');
    if (from != std::string::npos)
      out.push_back(Value::of(part.substr(from, part.find_last_not_of(' ') - from + 1)));
    part.clear();
  };
  for (std::size_t i = 0; i < cell.size(); ++i) {
    if (cell[i] == '\\' && i + 1 < cell.size() && cell[i + 1] == ',') {
      part += cell[++i];
    } else if (cell[i] == ',') {
      take();
    } else {
      part += cell[i];
    }
  }
  take();
  return Value::of(std::move(out));
}

class Row {
 public:
  Status cell(const std::string& column, const std::string& cell) {
    if (!column.starts_with("__")) {
      vars_.set(column, Value::of(cell));
      return {};
    }
    const std::string_view name = std::string_view(column).substr(2);
    if (name.starts_with("expected")) return expected(name.substr(8), column, cell);
    if (name.starts_with("metadata:")) return metadata(name.substr(9), cell);
    if (name.starts_with("config:")) return config(name.substr(7), column, cell);
    if (name == "metric") {
      metric_ = cell;
    } else if (cell.empty()) {
      return {};
    } else if (name == "prefix" || name == "suffix") {
      options_.set(name, Value::of(cell));
    } else if (name == "description") {
      test_.set("description", Value::of(cell));
    } else if (name == "threshold") {
      TRY_ASSIGN(const double number, number_in(cell, column));
      test_.set("threshold", Value::of(number));
    } else if (name == "providerOutput") {
      return fail(Code::invalid_request, "the column `__providerOutput` is not supported");
    } else {
      return fail(Code::invalid_request, "the column `" + column + "` is not known");
    }
    return {};
  }

  Value test() && {
    Value::Array assertions;
    for (auto& [number, assertion] : expected_) {
      if (!metric_.empty()) assertion.set("metric", Value::of(metric_));
      for (const auto& [which, threshold] : thresholds_) {
        if (which == number) assertion.set("threshold", Value::of(threshold));
      }
      assertions.push_back(std::move(assertion));
    }
    test_.set("vars", std::move(vars_));
    if (!assertions.empty()) test_.set("assert", Value::of(std::move(assertions)));
    if (!options_.members().empty()) test_.set("options", std::move(options_));
    if (!metadata_.members().empty()) test_.set("metadata", std::move(metadata_));
    return std::move(test_);
  }

 private:
  static Result<std::size_t> number_of(std::string_view digits, const std::string& column) {
    if (digits.empty()) return 1;
    std::size_t out = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (error != std::errc{} || end != digits.data() + digits.size())
      return fail(Code::invalid_request, "the column `" + column + "` is not known");
    return out;
  }
  Status expected(std::string_view digits, const std::string& column, const std::string& cell) {
    TRY_ASSIGN(const std::size_t number, number_of(digits, column));
    if (cell.find_first_not_of(" \t") == std::string::npos) return {};
    expected_.insert_or_assign(number, assertion_of_cell(cell));
    return {};
  }
  Status metadata(std::string_view key, const std::string& cell) {
    if (cell.empty()) return {};
    if (key.ends_with("[]")) {
      metadata_.set(key.substr(0, key.size() - 2), split_list(cell));
    } else {
      metadata_.set(key, Value::of(cell));
    }
    return {};
  }
  Status config(std::string_view rest, const std::string& column, const std::string& cell) {
    const std::size_t colon = rest.find(':');
    const std::string_view which = rest.substr(0, colon);
    if (!which.starts_with("__expected") ||
        rest.substr(std::min(colon, rest.size())) != ":threshold")
      return fail(Code::invalid_request, "the column `" + column + "` is not known");
    if (cell.empty()) return {};
    TRY_ASSIGN(const std::size_t number, number_of(which.substr(10), column));
    TRY_ASSIGN(const double threshold, number_in(cell, column));
    thresholds_[number] = threshold;
    return {};
  }

  Value test_ = Value::object(), vars_ = Value::object();
  Value options_ = Value::object(), metadata_ = Value::object();
  std::map<std::size_t, Value> expected_;
  std::map<std::size_t, double> thresholds_;
  std::string metric_;
};

}  // namespace

Result<Value> test_of_row(const std::vector<std::string>& header,
                          const std::vector<std::string>& row) {
  Row out;
  for (std::size_t i = 0; i < header.size(); ++i) TRY(out.cell(header[i], row[i]));
  return std::move(out).test();
}

}  // namespace maester::evals
