#include "ingest/child_format.h"

#include <bit>
#include <cstring>

#include "base/utf8.h"
#include "ingest/extraction_limits.h"

namespace maester::ingest {
namespace {

static_assert(std::endian::native == std::endian::little);

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// Names come from documents: what a `str` may not hold is left out.
void put_text(std::string& out, std::string_view text, std::size_t most) {
  std::string clean;
  for (std::size_t at = 0; at < text.size() && clean.size() < most;) {
    const utf8::Decoded c = utf8::decode(text, at);
    at += c.length == 0 ? 1 : c.length;
    const bool control = c.code_point < 0x20 || (c.code_point >= 0x7f && c.code_point < 0xa0);
    if (c.length != 0) utf8::append(clean, control ? U' ' : c.code_point);
  }
  clean.resize(utf8::truncate(clean, most).size());
  put(out, static_cast<std::uint32_t>(clean.size()));
  out += clean;
}

void put_range(std::string& out, TextRange range) {
  put(out, range.start);
  put(out, range.end);
}

class Section {
 public:
  Section(std::string& out, char kind) : out_(out) {
    out_ += kind;
    put(out_, std::uint32_t{0});
    begin_ = out_.size();
  }
  ~Section() {
    const auto length = static_cast<std::uint32_t>(out_.size() - begin_);
    std::memcpy(out_.data() + begin_ - sizeof length, &length, sizeof length);
  }
  Section(const Section&) = delete;
  Section& operator=(const Section&) = delete;

 private:
  std::string& out_;
  std::size_t begin_;
};

void put_end(std::string& out) {
  const Section section(out, 'Z');
}

void put_maps(std::string& out, const Extraction& x) {
  for (const Page& page : x.pages) {
    const Section section(out, 'P');
    put(out, page.number);
    put_range(out, page.range);
  }
  for (const Heading& heading : x.headings) {
    const Section section(out, 'H');
    put(out, heading.level);
    put_range(out, heading.range);
  }
  for (const Table& table : x.tables) {
    const Section section(out, 'B');
    put_range(out, table.range);
    put(out, static_cast<std::uint8_t>(table.has_header));
    for (const TextRange row : table.rows) put_range(out, row);
  }
  for (const Part& part : x.parts) {
    const Section section(out, 'A');
    put_text(out, part.name, kMaxName);
    put_text(out, part.content_type, kMaxName);
    put_range(out, part.range);
  }
  for (const Warning& warning : x.warnings) {
    const Section section(out, 'W');
    put_text(out, warning.code, kMaxName);
    put_text(out, warning.message, kMaxName);
  }
}

class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}
  Result<std::string_view> take(std::uint64_t n) {
    if (n > rest_.size()) return fail(Code::corrupt, "The extraction request ends early.");
    const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(n));
    rest_.remove_prefix(static_cast<std::size_t>(n));
    return taken;
  }
  template <class T>
  Result<T> number() {
    TRY_ASSIGN(const std::string_view bytes, take(sizeof(T)));
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  Result<std::string_view> text() {
    TRY_ASSIGN(const std::uint32_t length, number<std::uint32_t>());
    return take(length);
  }

 private:
  std::string_view rest_;
};

}  // namespace

std::string request_head(const Source& source) {
  std::string out(kRequestMagic);
  put_text(out, source.file_name, kMaxHint);
  put_text(out, source.content_type, kMaxHint);
  put(out, static_cast<std::uint64_t>(source.bytes.size()));
  return out;
}

Result<Source> read_request(std::string_view request) {
  Cursor in(request);
  TRY_ASSIGN(const std::string_view magic, in.take(kRequestMagic.size()));
  if (magic != kRequestMagic) return fail(Code::corrupt, "This is no extraction request.");
  Source source;
  TRY_ASSIGN(source.file_name, in.text());
  TRY_ASSIGN(source.content_type, in.text());
  TRY_ASSIGN(const std::uint64_t length, in.number<std::uint64_t>());
  TRY_ASSIGN(source.bytes, in.take(length));
  return source;
}

std::string encode_result(const ChildResult& result) {
  const Extraction& x = result.extraction;
  std::string out(kResultMagic);
  {
    const Section section(out, 'M');
    put(out, static_cast<std::uint8_t>(x.outcome));
    put_text(out, x.content_type, kMaxName);
    put_text(out, x.title, kMaxName);
    put_text(out, x.parser, kMaxName);
  }
  if (!x.text.empty()) {
    const Section section(out, 'T');
    out += x.text;
  }
  put_maps(out, x);
  for (const EmbeddedFile& file : result.embedded) {
    const Section section(out, 'D');
    put_text(out, file.heading, kMaxName);
    put_text(out, file.name, kMaxName);
    out += file.bytes;
  }
  put_end(out);
  return out;
}

std::string encode_failure(const Error& error) {
  std::string out(kResultMagic);
  {
    const Section section(out, 'F');
    put_text(out, error.param, kMaxName);
    put_text(out, error.message, kMaxName);
  }
  put_end(out);
  return out;
}

Error failure(std::string_view reason, std::string message, std::string detail) {
  const Code code = reason == "too_large" ? Code::too_large : Code::unprocessable;
  return make_error(code, std::move(message), std::string(reason), std::move(detail));
}

}  // namespace maester::ingest
