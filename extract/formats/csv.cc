// CSV (RFC 4180 and what is written in its name): the text stays as it is written, for that is what
// people quote; the table map says where its rows are.
#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "extract/formats/decode_text.h"
#include "extract/formats/readers.h"

namespace maester::extract {
namespace {

struct Field {
  std::string_view text;
  bool quoted = false;
};

// One record: to the end of a line that is not within quotes.
class Records {
 public:
  Records(std::string_view text, char delimiter) : rest_(text), delimiter_(delimiter) {}
  // False at the end.
  bool next(std::string_view& record, std::vector<Field>& fields) {
    fields.clear();
    if (rest_.empty()) return false;
    std::size_t at = 0;
    for (;;) {
      at = read_field(at, fields);
      if (at >= rest_.size() || rest_[at] != delimiter_) break;
      ++at;
    }
    record = rest_.substr(0, at);
    if (at < rest_.size() && rest_[at] == '\r') ++at;
    if (at < rest_.size() && rest_[at] == '\n') ++at;
    rest_.remove_prefix(at);
    return true;
  }

 private:
  std::size_t read_field(std::size_t at, std::vector<Field>& fields) const {
    const std::size_t begin = at;
    bool quoted = at < rest_.size() && rest_[at] == '"';
    if (quoted) {
      std::size_t end = at + 1;
      for (;;) {
        end = rest_.find('"', end);
        if (end == std::string_view::npos) break;
        if (end + 1 < rest_.size() && rest_[end + 1] == '"') {
          end += 2;
          continue;
        }
        break;
      }
      if (end == std::string_view::npos)
        quoted = false;  // a quote that is never closed is a character
      else
        at = end + 1;
    }
    while (at < rest_.size() && rest_[at] != delimiter_ && rest_[at] != '\n' && rest_[at] != '\r')
      ++at;
    fields.push_back({rest_.substr(begin, at - begin), quoted});
    return at;
  }

  std::string_view rest_;
  char delimiter_;
};

// The delimiter that cuts the first records into the most even and most numerous fields.
char sniff(std::string_view text) {
  static constexpr std::array kCandidates = {',', ';', '\t', '|'};
  constexpr std::size_t kRecords = 50;
  char best = ',';
  std::size_t best_score = 0;
  const std::string_view sample = text.substr(0, 64 << 10);
  for (const char candidate : kCandidates) {
    Records records(sample, candidate);
    std::string_view record;
    std::vector<Field> fields;
    std::array<std::size_t, 128> counts{};
    for (std::size_t n = 0; n < kRecords && records.next(record, fields); ++n)
      ++counts[std::min<std::size_t>(fields.size(), counts.size() - 1)];
    std::size_t score = 0;
    for (std::size_t columns = 2; columns < counts.size(); ++columns)
      score = std::max(score, counts[columns] * 1000 + std::min<std::size_t>(columns, 50));
    if (score > best_score) {
      best_score = score;
      best = candidate;
    }
  }
  return best;
}

bool blank(const Field& field) {
  return field.text.find_first_not_of(" \t\"") == std::string_view::npos;
}
bool numeric(const Field& field) {
  return std::ranges::any_of(field.text, [](char c) { return c >= '0' && c <= '9'; }) &&
         std::ranges::none_of(field.text,
                              [](char c) { return std::isalpha(static_cast<unsigned char>(c)); });
}

// The first row names the columns: none of its fields is a number or empty, and below it some are
// numbers or it is shorter than what it names.
bool is_header(const std::vector<Field>& first, const std::vector<Field>& second) {
  if (first.size() < 2 || first.size() != second.size()) return false;
  return std::ranges::none_of(first, [](const Field& f) { return blank(f) || numeric(f); });
}

}  // namespace

Status read_csv(std::string_view bytes, std::string_view charset, char delimiter, TextWriter& out) {
  TRY_ASSIGN(const std::string text, decode_text(bytes, charset, out));
  std::string_view all = text;
  // Excel's own hint.
  if (all.starts_with("sep=") && all.size() > 5 && (all[5] == '\n' || all[5] == '\r')) {
    delimiter = all[4];
    all.remove_prefix(std::min(all.find('\n'), all.size() - 1) + 1);
  }
  if (delimiter == 0) delimiter = sniff(all);
  std::vector<Field> fields;
  std::vector<Field> second;
  std::string_view record;
  {
    Records look(all, delimiter);
    look.next(record, fields);
    look.next(record, second);
  }
  const bool header = is_header(fields, second);
  Records records(all, delimiter);
  out.begin_raw_table(header);
  while (records.next(record, fields) && !out.full()) {
    if (std::ranges::all_of(fields, blank)) continue;
    out.raw_row(record);
  }
  out.end_raw_table();
  return {};
}

}  // namespace maester::extract
