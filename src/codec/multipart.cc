#include "codec/multipart.h"

#include <algorithm>
#include <optional>

#include "base/utf8.h"

namespace maester::multipart {
namespace {

constexpr std::size_t kMaxHead = 8u << 10;

std::unexpected<Error> broken(std::string_view what) {
  return fail(Code::invalid_request, "The multipart body " + std::string(what) + ".");
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The value of `; name=value` or `; name="value"` behind a header's first word.
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
  std::size_t at = header.find(';');
  while (at < header.size()) {
    std::string_view rest = trim(header.substr(at + 1));
    const std::size_t equals = rest.find('=');
    if (equals == rest.npos) return std::nullopt;
    const std::string_view key = trim(rest.substr(0, equals));
    rest.remove_prefix(equals + 1);
    std::string value;
    std::size_t used = 0;
    if (rest.starts_with('"')) {
      for (used = 1; used < rest.size() && rest[used] != '"'; ++used) {
        if (rest[used] == '\\' && used + 1 < rest.size()) ++used;
        value += rest[used];
      }
      if (used == rest.size()) return std::nullopt;
      ++used;
    } else {
      used = std::min(rest.find(';'), rest.size());
      value = trim(rest.substr(0, used));
    }
    if (same_word(key, name)) return value;
    const auto behind = static_cast<std::size_t>(rest.data() - header.data()) + used;
    at = header.find(';', behind);
  }
  return std::nullopt;
}

Status read_head(std::string_view head, Part& part) {
  while (!head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    const std::size_t colon = line.find(':');
    if (colon == line.npos) return broken("has a part with a header that has no colon");
    const std::string_view name = line.substr(0, colon), value = trim(line.substr(colon + 1));
    if (same_word(name, "content-type")) part.content_type = value;
    if (!same_word(name, "content-disposition")) continue;
    part.name = parameter(value, "name").value_or("");
    part.file_name = parameter(value, "filename").value_or("");
  }
  if (part.name.empty()) return broken("has a part without a name");
  if (!utf8::valid(part.name) || !utf8::valid(part.file_name))
    return broken("has a part whose name is not UTF-8");
  return {};
}

}  // namespace

std::string boundary_of(std::string_view content_type) {
  const std::string_view type = trim(content_type.substr(0, content_type.find(';')));
  if (!same_word(type, "multipart/form-data")) return {};
  std::string boundary = parameter(content_type, "boundary").value_or("");
  return boundary.size() <= 200 ? boundary : std::string();
}

Result<std::vector<Part>> parse(std::string_view body, std::string_view boundary,
                                std::size_t max_parts) {
  if (boundary.empty()) return broken("names no boundary in its content-type");
  const std::string first = "--" + std::string(boundary);
  const std::string next = "\r\n" + first;
  std::vector<Part> out;
  if (!body.starts_with(first)) return broken("does not begin with its boundary");
  body.remove_prefix(first.size());
  for (;;) {
    if (body.starts_with("--")) return out;
    if (!body.starts_with("\r\n")) return broken("has a boundary that ends in something else");
    body.remove_prefix(2);
    if (out.size() == max_parts)
      return broken("has more than " + std::to_string(max_parts) + " parts");
    const std::size_t head_end = body.substr(0, kMaxHead).find("\r\n\r\n");
    if (head_end == body.npos) return broken("has a part without the end of its headers");
    Part& part = out.emplace_back();
    if (Status read = read_head(body.substr(0, head_end), part); !read)
      return fail(std::move(read.error()));
    body.remove_prefix(head_end + 2);  // an empty part's end may be this line's
    const std::size_t end = body.find(next);
    if (end == body.npos) return broken("ends without its last boundary");
    part.content = end < 2 ? std::string_view{} : body.substr(2, end - 2);
    body.remove_prefix(end + next.size());
  }
}

Reader::Reader(std::string_view boundary, std::size_t max_parts)
    : next_("\r\n--" + std::string(boundary)), max_parts_(max_parts), buffer_("\r\n") {
  // The body's first boundary has no line end before it; every other has.
}

Status Reader::feed(std::string_view bytes, Sink& sink) {
  buffer_ += bytes;
  for (;;) {
    TRY_ASSIGN(const bool moved, step(sink));
    if (!moved) break;
  }
  buffer_.erase(0, taken_);
  taken_ = 0;
  return {};
}

Status Reader::finish() const {
  if (state_ == State::done) return {};
  return broken("ends without its last boundary");
}

Result<bool> Reader::step(Sink& sink) {
  const std::string_view rest = std::string_view(buffer_).substr(taken_);
  switch (state_) {
    case State::first:
      if (rest.size() < next_.size()) return false;
      if (!rest.starts_with(next_) || next_.size() == 4)
        return broken("does not begin with its boundary");
      taken_ += next_.size();
      state_ = State::behind;
      return true;
    case State::behind:
      if (rest.size() < 2) return false;
      taken_ += 2;
      state_ = rest.starts_with("--") ? State::done : State::head;
      if (state_ == State::head && !rest.starts_with("\r\n"))
        return broken("has a boundary that ends in something else");
      return true;
    case State::head:
      return read_part_head(sink);
    case State::content:
      return pass_on(sink);
    case State::done:
      taken_ = buffer_.size();  // what stands behind the last boundary is nobody's
      return false;
  }
  return false;
}

Result<bool> Reader::read_part_head(Sink& sink) {
  const std::string_view rest = std::string_view(buffer_).substr(taken_);
  const std::size_t end = rest.substr(0, kMaxHead).find("\r\n\r\n");
  if (end == rest.npos) {
    if (rest.size() < kMaxHead) return false;
    return broken("has a part without the end of its headers");
  }
  if (parts_++ == max_parts_)
    return broken("has more than " + std::to_string(max_parts_) + " parts");
  Part head;
  TRY(read_head(rest.substr(0, end), head));
  TRY(sink.begin(head));
  taken_ += end + 2;  // an empty part's end may be this line's
  content_begins_ = true;
  state_ = State::content;
  return true;
}

// All that cannot be the beginning of the next boundary. The line end in front is the head's.
Result<bool> Reader::pass_on(Sink& sink) {
  const std::string_view rest = std::string_view(buffer_).substr(taken_);
  const bool fresh = content_begins_;
  const std::size_t end = rest.find(next_);
  const std::size_t skip = fresh ? 2 : 0;
  if (end == rest.npos) {
    const std::size_t sure = rest.size() >= next_.size() ? rest.size() - next_.size() + 1 : 0;
    if (sure <= skip) return false;
    TRY(sink.content(rest.substr(skip, sure - skip)));
    content_begins_ = false;
    taken_ += sure;
    return false;
  }
  if (end > skip) TRY(sink.content(rest.substr(skip, end - skip)));
  TRY(sink.end());
  taken_ += end + next_.size();
  state_ = State::behind;
  return true;
}

}  // namespace maester::multipart
