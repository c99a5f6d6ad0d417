// HTML as the checks is-html and contains-html mean it.
#include <algorithm>
#include <array>

#include "checks/markup.h"
#include "codec/text.h"

namespace maester::checks {
namespace {

constexpr std::size_t kMaxHtml = 10 << 20;

// HTML Living Standard, the index of elements, and those that it calls obsolete but browsers know.
constexpr std::string_view kElements =
    " a abbr acronym address area article aside audio b base bdi bdo big blockquote body br button "
    "canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div "
    "dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 "
    "head header hgroup hr html i iframe img input ins kbd label legend li link main map mark menu "
    "meta meter nav noframes noscript object ol optgroup option output p param picture pre "
    "progress "
    "q rp rt ruby s samp script search section select slot small source span strike strong style "
    "sub summary sup svg table tbody td template textarea tfoot th thead time title tr track tt u "
    "ul var video wbr ";
constexpr std::string_view kVoid =
    " area base br col embed hr img input link meta param source track wbr ";
constexpr std::string_view kRawText = " script style textarea title ";

bool space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool among(std::string_view list, std::string_view name) {
  return list.find(" " + std::string(name) + " ") != std::string_view::npos;
}
bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

struct Tag {
  std::string name;  // lower case
  bool closing = false, self_closing = false, attributes = false;
  std::size_t end = 0;  // behind its `>`
};

// The tag whose `<` stands at `at`; without a name when it is none.
Tag tag_at(std::string_view text, std::size_t at) {
  Tag out;
  std::size_t i = at + 1;
  if (i < text.size() && text[i] == '/') {
    out.closing = true;
    ++i;
  }
  if (i >= text.size() || !letter(text[i])) return {};
  const std::size_t from = i;
  while (i < text.size() && !space(text[i]) && text[i] != '>' && text[i] != '/') ++i;
  const std::string_view name = text.substr(from, std::min<std::size_t>(i - from, 64));
  char quote = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if ((c == '"' || c == '\'') && text[i - 1] == '=') {
      quote = c;
    } else if (c == '=') {
      out.attributes = true;
    } else if (c == '>') {
      break;
    }
  }
  if (i >= text.size()) return {};
  out.self_closing = text[i - 1] == '/';
  out.end = i + 1;
  out.name = text::to_lower(name);
  return out;
}

bool known(const Tag& tag) {
  const bool custom = tag.name.find('-') != std::string::npos;
  return custom || among(kElements, tag.name);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

bool blank(std::string_view text) {
  return trimmed(text).empty();
}

// Behind a comment or a declaration at `at`; npos when it has no end.
std::size_t after_declaration(std::string_view text, std::size_t at) {
  const std::string_view end = text.substr(at).starts_with("<!--") ? "-->" : ">";
  const std::size_t found = text.find(end, at);
  return found == std::string_view::npos ? found : found + end.size();
}

}  // namespace

bool is_html(std::string_view whole) {
  const std::string_view text = trimmed(whole);
  if (text.empty() || text.size() > kMaxHtml || text.starts_with("<?xml")) return false;
  std::vector<std::string> open;
  bool found = false;
  bool body = false;
  bool loose_text = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t next = std::min(text.find('<', at), text.size());
    if (open.empty() && !blank(text.substr(at, next - at))) loose_text = true;
    if (next == text.size()) break;
    if (text.substr(next).starts_with("<!")) {
      at = std::min(after_declaration(text, next), text.size());
      continue;
    }
    const Tag tag = tag_at(text, next);
    if (tag.name.empty()) {
      if (open.empty()) loose_text = true;
      at = next + 1;
      continue;
    }
    at = tag.end;
    if (tag.closing) {
      const auto match = std::find(open.rbegin(), open.rend(), tag.name);
      if (match != open.rend()) open.erase(match.base() - 1, open.end());
      continue;
    }
    found = found || known(tag);
    body = body || tag.name == "body";
    if (among(kVoid, tag.name) || open.size() > 500) continue;
    if (among(kRawText, tag.name)) {
      const std::string end = "</" + tag.name;
      while (at < text.size() && text::to_lower(text.substr(at, end.size())) != end) {
        at = std::min(text.find('<', at + 1), text.size());
      }
      continue;
    }
    open.push_back(tag.name);
  }
  return found && (!loose_text || body);
}

bool contains_html(std::string_view text) {
  bool opening = false, closing = false, self = false, entity = false, doctype = false;
  bool comment = false, attribute = false, element = false;
  for (std::size_t at = text.find_first_of("<&"); at != std::string_view::npos;
       at = text.find_first_of("<&", at + 1)) {
    if (text[at] == '&') {
      const std::size_t end = text.find(';', at);
      const bool near = end != std::string_view::npos && end > at + 1 && end - at < 12;
      entity =
          entity || (near && std::ranges::all_of(text.substr(at + 1, end - at - 1), [](char c) {
                       return letter(c) || (c >= '0' && c <= '9') || c == '#';
                     }));
      continue;
    }
    const std::string start = text::to_lower(text.substr(at, 9));
    doctype = doctype || start == "<!doctype";
    comment =
        comment || (start.starts_with("<!--") && text.find("-->", at) != std::string_view::npos);
    const Tag tag = tag_at(text, at);
    if (tag.name.empty()) continue;
    (tag.closing ? closing : opening) = true;
    self = self || tag.self_closing;
    attribute = attribute || tag.attributes;
    element = element || known(tag);
  }
  const int points = (opening && closing   ? 2
                      : opening || closing ? 1
                                           : 0) +
                     (self ? 1 : 0) + (entity ? 1 : 0) + (doctype ? 2 : 0) + (comment ? 1 : 0) +
                     (attribute ? 1 : 0) + (element ? 2 : 0);
  return points >= 2;
}

}  // namespace maester::checks
