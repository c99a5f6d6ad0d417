#include "ingest/result_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/utf8.h"
#include "ingest/child_format.h"
#include "ingest/extraction_check.h"
#include "ingest/extraction_limits.h"

namespace maester::ingest {
namespace {

constexpr std::string_view kOrder = "MTPHBAWDZ";
constexpr std::size_t kHead = 5;  // kind and length
constexpr std::size_t kMaxSmall = 3 * (kMaxName + 4) + 32;
constexpr std::size_t kRow = 16;

Error bad(const char* what) {
  return make_error(Code::corrupt, what);
}

// A section's fields in their order. Once something is missing, ok() stays false.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : rest_(bytes) {}
  template <class T>
  T number() {
    T value{};
    if (rest_.size() < sizeof value) {
      ok_ = false;
      return value;
    }
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  std::string text() {
    const auto length = number<std::uint32_t>();
    if (!ok_ || length > rest_.size() || length > kMaxName) {
      ok_ = false;
      return {};
    }
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    if (!utf8::valid(taken) || std::ranges::any_of(taken, is_control)) ok_ = false;
    return std::string(taken);
  }
  TextRange range() {
    const auto start = number<std::uint64_t>();
    return {start, number<std::uint64_t>()};
  }
  std::string rest() { return std::string(std::exchange(rest_, {})); }
  bool left() const { return ok_ && !rest_.empty(); }
  bool ok() const { return ok_ && rest_.empty(); }

 private:
  static bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

Status ResultReader::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (state_ == State::done) return fail(bad("Bytes follow the end."));
    const std::size_t n = std::min(wanted_, bytes.size());
    (state_ == State::text ? result_.text : buffer_).append(bytes.substr(0, n));
    bytes.remove_prefix(n);
    wanted_ -= n;
    if (wanted_ == 0) TRY(take_section());
  }
  return {};
}

Status ResultReader::take_section() {
  switch (state_) {
    case State::magic:
      if (buffer_ != kResultMagic) return fail(bad("The magic is missing."));
      break;
    case State::head: {
      std::uint32_t length = 0;
      std::memcpy(&length, buffer_.data() + 1, sizeof length);
      const char kind = buffer_[0];
      buffer_.clear();
      TRY(enter_section(kind, length));
      if (wanted_ > 0 || state_ == State::done) return {};
      return take_section();
    }
    case State::body:
      TRY(read_section(buffer_));
      break;
    case State::text:
    case State::done:
      break;
  }
  buffer_.clear();
  state_ = State::head;
  wanted_ = kHead;
  return {};
}

Status ResultReader::enter_section(char kind, std::uint32_t length) {
  kind_ = kind;
  if (kind == 'F') {
    if (rank_ != -1) return fail(bad("A failure follows other sections."));
    failed_ = true;
    rank_ = static_cast<int>(kOrder.size()) - 2;  // only the end may follow
  } else {
    const std::size_t rank = kOrder.find(kind);
    if (rank == std::string_view::npos) return fail(bad("A section is of no known kind."));
    const auto place = static_cast<int>(rank);
    const bool once = kind == 'M' || kind == 'Z';
    if (place < rank_ || (once && place == rank_) || (rank_ == -1 && kind != 'M') ||
        (failed_ && kind != 'Z'))
      return fail(bad("A section is out of order."));
    rank_ = place;
  }
  if (kind == 'Z') {
    if (length != 0) return fail(bad("The end has content."));
    state_ = State::done;
    wanted_ = 0;
    return {};
  }
  if (kind == 'T' && length > kMaxText - result_.text.size())
    return fail(bad("The text is too long."));
  if (kind == 'B' && length > (kMaxRows - rows_ + 2) * kRow)
    return fail(bad("There are too many rows."));
  if (kind == 'D' && (embedded_bytes_ += length) > kMaxEmbeddedBytes + kMaxEmbedded * kMaxSmall)
    return fail(bad("The embedded files are too long."));
  if (kind != 'T' && kind != 'B' && kind != 'D' && length > kMaxSmall)
    return fail(bad("A section is too long."));
  state_ = kind == 'T' ? State::text : State::body;
  wanted_ = length;
  return {};
}

Status ResultReader::read_section(std::string_view payload) {
  Fields in(payload);
  bool room = true;
  switch (kind_) {
    case 'M': {
      const auto outcome = in.number<std::uint8_t>();
      if (outcome > static_cast<std::uint8_t>(Outcome::empty)) return fail(bad("No such outcome."));
      result_.outcome = static_cast<Outcome>(outcome);
      result_.content_type = in.text();
      result_.title = in.text();
      result_.parser = in.text();
      break;
    }
    case 'P': {
      const auto number = in.number<std::uint32_t>();
      result_.pages.push_back({number, in.range()});
      room = result_.pages.size() <= kMaxPages;
      break;
    }
    case 'H': {
      const auto level = in.number<std::uint32_t>();
      result_.headings.push_back({level, in.range()});
      room = result_.headings.size() <= kMaxHeadings;
      break;
    }
    case 'B': {
      Table table;
      table.range = in.range();
      table.has_header = in.number<std::uint8_t>() != 0;
      while (in.left()) table.rows.push_back(in.range());
      rows_ += table.rows.size();
      result_.tables.push_back(std::move(table));
      room = result_.tables.size() <= kMaxTables && rows_ <= kMaxRows;
      break;
    }
    case 'A': {
      Part part;
      part.name = in.text();
      part.content_type = in.text();
      part.range = in.range();
      result_.parts.push_back(std::move(part));
      room = result_.parts.size() <= kMaxParts;
      break;
    }
    case 'W': {
      Warning warning;
      warning.code = in.text();
      warning.message = in.text();
      result_.warnings.push_back(std::move(warning));
      room = result_.warnings.size() <= kMaxWarnings;
      break;
    }
    case 'D': {
      EmbeddedFile file;
      file.heading = in.text();
      file.name = in.text();
      file.bytes = in.rest();
      embedded_.push_back(std::move(file));
      room = embedded_.size() <= kMaxEmbedded;
      break;
    }
    default: {  // 'F'
      const std::string reason = in.text();
      failure_ = failure(reason, in.text());
      if (std::ranges::find(kReasons, reason) == kReasons.end())
        return fail(bad("No such reason."));
      break;
    }
  }
  if (!room) return fail(bad("There are too many sections of a kind."));
  if (!in.ok()) return fail(bad("A section's length does not fit its content."));
  return {};
}

Result<Extraction> ResultReader::finish() {
  if (failed_) return fail(failure_);
  TRY(check(result_));
  result_.characters = utf8::length(result_.text);
  return std::move(result_);
}

}  // namespace maester::ingest
