// Well-formedness after XML 1.0 (Fifth Edition) and Namespaces in XML 1.0: names by their ASCII
// rules (any byte above counts as a letter).
#include <algorithm>

#include "base/utf8.h"
#include "checks/markup.h"

namespace maester::checks {
namespace {

constexpr std::size_t kMaxDepth = 200;
constexpr std::size_t kMaxPaths = 20'000;

bool space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool name_part(char c) {
  return name_start(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Xml document() {
    if (text_.starts_with("<?xml") && text_.size() > 5 && space(text_[5])) {
      until("?>", "the XML declaration");
    }
    misc(true);
    if (out_.fault.empty()) element();
    misc(false);
    if (out_.fault.empty() && at_ != text_.size()) wrong("there is text outside of the root");
    out_.well_formed = out_.fault.empty();
    return std::move(out_);
  }
  Xml fragment() {
    element();
    out_.well_formed = out_.fault.empty();
    return std::move(out_);
  }

 private:
  bool good() const { return out_.fault.empty(); }
  bool sees(std::string_view sign) const { return text_.substr(at_).starts_with(sign); }
  void skip() {
    while (at_ < text_.size() && space(text_[at_])) ++at_;
  }
  void wrong(std::string_view what) {
    if (!good()) return;
    const auto line = std::ranges::count(text_.substr(0, std::min(at_, text_.size())), '\n') + 1;
    out_.fault = "line " + std::to_string(line) + ": " + std::string(what);
  }
  // Behind `end`; what stands before it.
  std::string_view until(std::string_view end, std::string_view what) {
    const std::size_t found = text_.find(end, at_);
    if (found == std::string_view::npos) {
      wrong(std::string(what) + " has no end");
      return {};
    }
    const std::string_view inside = text_.substr(at_, found - at_);
    at_ = found + end.size();
    return inside;
  }

  void misc(bool before_root) {
    while (good()) {
      skip();
      if (sees("<!--"))
        comment();
      else if (sees("<?"))
        instruction();
      else if (before_root && sees("<!DOCTYPE"))
        doctype();
      else
        return;
    }
  }
  void comment() {
    at_ += 4;
    if (until("-->", "a comment").find("--") != std::string_view::npos)
      wrong("a comment holds `--`");
  }
  void instruction() {
    at_ += 2;
    const std::string_view target = name();
    if (target.empty() || target == "xml") return wrong("a processing instruction is malformed");
    until("?>", "a processing instruction");
  }
  void doctype() {
    if (until(">", "DOCTYPE").find('[') != std::string_view::npos)
      wrong("a DOCTYPE with an internal subset is refused");
  }

  std::string_view name() {
    const std::size_t from = at_;
    if (at_ < text_.size() && name_start(text_[at_])) ++at_;
    while (at_ > from && at_ < text_.size() && name_part(text_[at_])) ++at_;
    return text_.substr(from, at_ - from);
  }

  struct Open {
    std::string_view name;
    std::size_t path_size;                   // of path_ before it
    std::vector<std::string_view> prefixes;  // declared here
  };

  void element() {
    do {
      if (sees("<!--"))
        comment();
      else if (sees("<![CDATA["))
        until("]]>", "CDATA");
      else if (sees("<?"))
        instruction();
      else if (sees("</"))
        close();
      else if (sees("<"))
        open();
      else if (open_.empty())
        wrong("there is no element");
      else
        characters();
    } while (good() && !open_.empty());
    out_.end = at_;
  }

  void open() {
    ++at_;
    Open now{name(), path_.size(), {}};
    if (now.name.empty()) return wrong("a tag has no name");
    if (open_.size() >= kMaxDepth) return wrong("elements are nested too deeply");
    std::vector<std::string_view> attributes;
    bool spaced = false;
    for (skip_to(spaced); good() && at_ < text_.size() && text_[at_] != '>' && !sees("/>");
         skip_to(spaced)) {
      if (!spaced) return wrong("attributes stand without space between them");
      attribute(attributes, now);
    }
    if (!good()) return;
    if (at_ >= text_.size()) return wrong("a tag has no end");
    path_ += (path_.empty() ? "" : ".") + std::string(now.name);
    if (out_.paths.size() < kMaxPaths) out_.paths.insert(path_);
    open_.push_back(std::move(now));
    check_prefix(open_.back().name);
    for (const std::string_view one : attributes) {
      if (one != "xmlns" && !one.starts_with("xmlns:")) check_prefix(one);
    }
    const bool closed = sees("/>");
    at_ += closed ? 2 : 1;
    if (closed) leave();
  }
  void skip_to(bool& spaced) {
    const std::size_t before = at_;
    skip();
    spaced = at_ > before;
  }

  void attribute(std::vector<std::string_view>& all, Open& now) {
    const std::string_view key = name();
    if (key.empty()) return wrong("an attribute has no name");
    if (std::ranges::find(all, key) != all.end()) return wrong("an attribute stands twice");
    if (all.size() > 1000) return wrong("a tag has too many attributes");
    skip();
    if (!sees("=")) return wrong("an attribute has no value");
    ++at_;
    skip();
    if (!sees("\"") && !sees("'")) return wrong("an attribute's value has no quotes");
    const std::string_view quote = text_.substr(at_++, 1);
    const std::string_view value = until(quote, "an attribute's value");
    if (value.find('<') != std::string_view::npos) wrong("an attribute's value holds `<`");
    references(value);
    all.push_back(key);
    if (key.starts_with("xmlns:")) now.prefixes.push_back(key.substr(6));
  }

  void check_prefix(std::string_view full) {
    const std::size_t colon = full.find(':');
    if (colon == std::string_view::npos) return;
    const std::string_view prefix = full.substr(0, colon);
    if (prefix == "xml") return;
    for (const Open& one : open_) {
      if (std::ranges::find(one.prefixes, prefix) != one.prefixes.end()) return;
    }
    wrong("the prefix `" + std::string(utf8::truncate(prefix, 40)) + "` is not declared");
  }

  void close() {
    at_ += 2;
    const std::string_view which = name();
    skip();
    if (open_.empty() || which != open_.back().name || !sees(">"))
      return wrong("an end tag does not fit");
    ++at_;
    leave();
  }
  void leave() {
    path_.resize(open_.back().path_size);
    open_.pop_back();
  }

  void characters() {
    const std::size_t end = text_.find('<', at_);
    if (end == std::string_view::npos) {
      at_ = text_.size();
      return wrong("an element has no end tag");
    }
    const std::string_view text = text_.substr(at_, end - at_);
    if (text.find("]]>") != std::string_view::npos) wrong("text holds `]]>`");
    references(text);
    at_ = end;
  }

  void references(std::string_view text) {
    for (std::size_t at = text.find('&'); at != std::string_view::npos;
         at = text.find('&', at + 1)) {
      const std::size_t end = text.find(';', at);
      const std::string_view one =
          end == std::string_view::npos ? "" : text.substr(at + 1, end - at - 1);
      const bool named =
          one == "amp" || one == "lt" || one == "gt" || one == "quot" || one == "apos";
      const bool hex = one.starts_with("#x");
      const std::string_view digits = one.substr(std::min<std::size_t>(one.size(), hex ? 2 : 1));
      const bool number = one.starts_with('#') && !digits.empty() && digits.size() < 8 &&
                          digits.find_first_not_of(hex ? "0123456789abcdefABCDEF" : "0123456789") ==
                              std::string_view::npos;
      if (!named && !number) return wrong("an entity is not known or has no `;`");
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Xml out_;
  std::vector<Open> open_;
  std::string path_;
};

}  // namespace

Xml read_xml(std::string_view text) {
  return Reader(text).document();
}
Xml read_xml_fragment(std::string_view text) {
  return Reader(text).fragment();
}

}  // namespace maester::checks
