#include "retrieval/evaluate/judged_queries.h"

#include <charconv>
#include <set>
#include <utility>

#include "codec/json.h"

namespace maester::retrieval {
namespace {

Error at_line(std::string_view file, std::size_t line, std::string_view what) {
  return make_error(Code::invalid_request, "Line " + std::to_string(line) + " of the " +
                                               std::string(file) + ": " + std::string(what));
}

// Calls each(line, number) for the lines that are not blank, while it answers no error.
template <class Each>
Status each_line(std::string_view text, const Each& each) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    if (!line.empty()) TRY(each(line, number));
  }
  return {};
}

std::vector<std::string_view> columns(std::string_view line) {
  std::vector<std::string_view> out;
  while (true) {
    const std::size_t begin = line.find_first_not_of("\t ");
    if (begin == std::string_view::npos) return out;
    const std::size_t end = line.find_first_of("\t ", begin);
    out.push_back(line.substr(begin, end - begin));
    if (end == std::string_view::npos) return out;
    line.remove_prefix(end);
  }
}

bool read_grade(std::string_view text, int& grade) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), grade);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<std::vector<JudgedQuery>> read_queries(std::string_view jsonl) {
  std::vector<JudgedQuery> out;
  std::set<std::string, std::less<>> seen;
  TRY(each_line(jsonl, [&](std::string_view line, std::size_t number) -> Status {
    const auto document = json::Document::parse(line);
    if (!document) return fail(at_line("queries", number, document.error().message));
    const json::Value id = document->root().get("_id"), text = document->root().get("text");
    if (!id.is_string() || !text.is_string())
      return fail(at_line("queries", number, "it needs the strings `_id` and `text`."));
    if (!seen.emplace(id.string_or("")).second)
      return fail(at_line("queries", number, "its `_id` stood on a line before."));
    out.push_back({std::string(id.string_or("")), std::string(text.string_or(""))});
    return {};
  }));
  return out;
}

Result<Judgements> read_judgements(std::string_view text) {
  Judgements out;
  TRY(each_line(text, [&](std::string_view line, std::size_t number) -> Status {
    const auto fields = columns(line);
    int grade = 0;
    if (fields.size() != 3 && fields.size() != 4)
      return fail(at_line("judgements", number,
                          "it needs query, document and grade, or TREC's four columns."));
    if (!read_grade(fields.back(), grade)) {
      if (number == 1) return {};  // a header
      return fail(at_line("judgements", number, "its grade is not a whole number."));
    }
    out[std::string(fields[0])][std::string(fields[fields.size() - 2])] = grade;
    return {};
  }));
  return out;
}

}  // namespace maester::retrieval
