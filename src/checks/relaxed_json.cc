#include "checks/relaxed_json.h"

#include <algorithm>
#include <cctype>

#include "codec/json.h"

namespace maester::checks {
namespace {

constexpr std::size_t kMaxSpan = 100'000;
constexpr std::size_t kMaxDepth = 60;
// All spans together: a text of many braces that close nothing is not read again and again.
constexpr std::size_t kMaxWork = 4'000'000;

bool space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  // The object at the beginning; its end in `end`. False when it is none.
  bool object(std::string& out, std::size_t& end) {
    const bool read = value(out, 0);
    end = at_;
    return read;
  }
  std::size_t work() const { return at_ + 1; }

 private:
  bool done() const { return at_ >= text_.size(); }
  void skip() {
    while (!done()) {
      if (space(text_[at_])) {
        ++at_;
      } else if (text_[at_] == '#' || text_.substr(at_).starts_with("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else {
        return;
      }
    }
  }

  bool value(std::string& out, std::size_t depth) {
    skip();
    if (depth > kMaxDepth) return false;
    if (done()) {
      out += "null";
      return true;
    }
    if (text_[at_] == '{') return members(out, depth);
    if (text_[at_] == '[') return elements(out, depth);
    if (text_[at_] == '"' || text_[at_] == '\'') return quoted(out);
    return plain(out);
  }

  // What was cut off at the end of the text counts as closed.
  bool members(std::string& out, std::size_t depth) {
    ++at_;
    out += '{';
    for (bool first = true;; first = false) {
      skip();
      if (done()) break;
      if (text_[at_] == '}') {
        ++at_;
        break;
      }
      if (!first) out += ',';
      if (!key(out)) return false;
      skip();
      out += ':';
      if (done() || text_[at_] == ',' || text_[at_] == '}') {
        out += "null";
      } else {
        if (text_[at_] != ':') return false;
        ++at_;
        if (!value(out, depth + 1)) return false;
      }
      if (!separator('}')) return false;
    }
    out += '}';
    return true;
  }

  bool elements(std::string& out, std::size_t depth) {
    ++at_;
    out += '[';
    for (bool first = true;; first = false) {
      skip();
      if (done()) return false;  // only braces are completed
      if (text_[at_] == ']') {
        ++at_;
        break;
      }
      if (!first) out += ',';
      if (!value(out, depth + 1) || !separator(']')) return false;
    }
    out += ']';
    return true;
  }

  bool separator(char end) {
    skip();
    if (done() || text_[at_] == end) return true;
    if (text_[at_] != ',') return false;
    ++at_;
    return true;
  }

  bool key(std::string& out) {
    if (text_[at_] == '"' || text_[at_] == '\'') return quoted(out);
    const std::size_t from = at_;
    while (!done() && std::string_view(":,{}[]\n\"'").find(text_[at_]) == std::string_view::npos)
      ++at_;
    std::size_t end = at_;
    while (end > from && space(text_[end - 1])) --end;
    if (end == from) return false;
    json::append_string(out, text_.substr(from, end - from));
    return true;
  }

  bool quoted(std::string& out) {
    const char quote = text_[at_];
    if (quote == '"') {  // a strict text stays as it is
      std::size_t end = at_ + 1;
      while (end < text_.size() && text_[end] != '"') end += text_[end] == '\\' ? 2 : 1;
      if (end >= text_.size()) return false;
      const std::string_view strict = text_.substr(at_, end + 1 - at_);
      at_ = end + 1;
      if (json::Document::parse(strict)) {
        out += strict;
      } else {
        json::append_string(out, strict.substr(1, strict.size() - 2));
      }
      return true;
    }
    std::string text;
    for (++at_; !done(); ++at_) {
      if (text_[at_] == quote) {
        ++at_;
        if (done() || text_[at_] != quote) {
          json::append_string(out, text);
          return true;
        }
      }
      text += text_[at_];
    }
    return false;
  }

  bool plain(std::string& out) {
    const std::size_t from = at_;
    while (!done() && std::string_view(",{}[]\n").find(text_[at_]) == std::string_view::npos &&
           !(text_[at_] == ':' && (at_ + 1 >= text_.size() || space(text_[at_ + 1])))) {
      ++at_;
    }
    std::size_t end = at_;
    while (end > from && space(text_[end - 1])) --end;
    const std::string_view word = text_.substr(from, end - from);
    if (word.empty()) return false;
    const bool strict = json::Document::parse(word).has_value();
    if (strict) {
      out += word;
    } else if (word == "~" || word == "Null" || word == "NULL") {
      out += "null";
    } else if (word == "True" || word == "TRUE" || word == "False" || word == "FALSE") {
      out += word[0] == 'T' ? "true" : "false";
    } else {
      json::append_string(out, word);
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<std::string> find_objects(std::string_view text, std::size_t most) {
  std::vector<std::string> out;
  std::size_t work = 0;
  for (std::size_t at = text.find('{'); at != std::string_view::npos && out.size() < most;) {
    Reader reader(text.substr(at, kMaxSpan));
    std::string object;
    std::size_t end = 0;
    const bool found = reader.object(object, end) && json::Document::parse(object);
    work += reader.work();
    if (work > kMaxWork) break;
    if (found) out.push_back(std::move(object));
    at = text.find('{', found ? at + end : at + 1);
  }
  return out;
}

}  // namespace maester::checks
