#include "extract/formats/docx_styles.h"

#include <algorithm>
#include <charconv>

#include "extract/formats/xml.h"

namespace maester::extract {
namespace {

int number(std::string_view text, int fallback) {
  int value = fallback;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

int outline_level(const pugi::xml_node& properties) {
  const pugi::xml_node outline = child(properties, "outlineLvl");
  const int level = outline ? number(attribute(outline, "val"), 9) : 9;
  return level >= 0 && level < 9 ? level + 1 : 0;
}

// "heading 2", "Title": the names are the same in every language of Word.
int level_of_name(std::string_view name) {
  if (name == "Title" || name == "title") return 1;
  if (name.size() == 9 && (name.starts_with("heading ") || name.starts_with("Heading ")))
    return name[8] >= '1' && name[8] <= '9' ? name[8] - '0' : 0;
  return 0;
}

std::string roman(int value) {
  static constexpr std::pair<int, const char*> kDigits[] = {
      {1000, "m"}, {900, "cm"}, {500, "d"}, {400, "cd"}, {100, "c"}, {90, "xc"}, {50, "l"},
      {40, "xl"},  {10, "x"},   {9, "ix"},  {5, "v"},    {4, "iv"},  {1, "i"}};
  std::string out;
  for (const auto& [worth, digit] : kDigits)
    for (; value >= worth && out.size() < 20; value -= worth) out += digit;
  return out;
}

std::string formatted(int value, std::string_view format) {
  std::string out;
  if (format == "lowerLetter" || format == "upperLetter")
    out = std::string(static_cast<std::size_t>((value - 1) / 26 % 20 + 1),
                      static_cast<char>('a' + (value - 1) % 26));
  else if (format == "lowerRoman" || format == "upperRoman")
    out = roman(value);
  else
    return std::to_string(value);
  if (format.starts_with("upper"))
    for (char& c : out) c = static_cast<char>(c - 32);
  return out;
}

}  // namespace

DocxStyles::DocxStyles(const pugi::xml_node& styles, const pugi::xml_node& numbering) {
  for (const pugi::xml_node& node : styles.children()) {
    if (local_name(node) != "style") continue;
    const pugi::xml_node properties = child(node, "pPr");
    Style style;
    style.based_on = attribute(child(node, "basedOn"), "val");
    style.level = level_of_name(attribute(child(node, "name"), "val"));
    if (style.level == 0) style.level = outline_level(properties);
    style.numbering = child(properties, "numPr");
    styles_[std::string(attribute(node, "styleId"))] = std::move(style);
  }
  for (const pugi::xml_node& node : numbering.children()) {
    if (local_name(node) == "abstractNum")
      definitions_[std::string(attribute(node, "abstractNumId"))] = node;
    if (local_name(node) == "num")
      lists_[std::string(attribute(node, "numId"))] =
          attribute(child(node, "abstractNumId"), "val");
  }
}

const DocxStyles::Style* DocxStyles::find(std::string_view id) const {
  const auto found = styles_.find(id);
  return found == styles_.end() ? nullptr : &found->second;
}

int DocxStyles::heading_level(const pugi::xml_node& properties) const {
  if (const int own = outline_level(properties); own > 0) return own;
  const std::string_view id = attribute(child(properties, "pStyle"), "val");
  if (id.empty()) return 0;
  const Style* style = find(id);
  if (style == nullptr) return level_of_name(id);
  for (int i = 0; i < 20 && style != nullptr; ++i) {  // styles may be based on each other
    if (style->level > 0) return style->level;
    style = find(style->based_on);
  }
  return 0;
}

DocxStyles::ListEntry DocxStyles::list_entry(const pugi::xml_node& properties) const {
  pugi::xml_node numbered = child(properties, "numPr");
  const Style* style = find(attribute(child(properties, "pStyle"), "val"));
  for (int i = 0; i < 20 && !numbered && style != nullptr; ++i) {
    numbered = style->numbering;
    style = find(style->based_on);
  }
  ListEntry out;
  if (!numbered) return out;
  out.list = attribute(child(numbered, "numId"), "val");
  out.level = std::clamp(number(attribute(child(numbered, "ilvl"), "val"), 0), 0, 8);
  if (out.list == "0") out.list.clear();
  const auto list = lists_.find(out.list);
  if (list == lists_.end()) return out;
  const auto definition = definitions_.find(list->second);
  if (definition == definitions_.end()) return out;
  for (const pugi::xml_node& level : definition->second.children()) {
    if (local_name(level) != "lvl" || number(attribute(level, "ilvl"), -1) != out.level) continue;
    out.format = attribute(child(level, "numFmt"), "val");
    out.text = attribute(child(level, "lvlText"), "val");
    out.start = number(attribute(child(level, "start"), "val"), 1);
  }
  return out;
}

std::string DocxNumbering::mark(const DocxStyles& styles, const pugi::xml_node& properties) {
  const DocxStyles::ListEntry entry = styles.list_entry(properties);
  if (entry.list.empty()) return {};
  const std::string indent(2 * static_cast<std::size_t>(entry.level), ' ');
  if (entry.format.empty() || entry.format == "bullet" || entry.format == "none")
    return indent + "- ";
  std::map<int, int>& counters = counters_[entry.list];
  const auto [own, is_new] = counters.try_emplace(entry.level, entry.start);
  if (!is_new && own->second < 1'000'000) ++own->second;
  counters.erase(std::next(own), counters.end());
  std::string out;
  for (std::size_t i = 0; i < entry.text.size() && out.size() < 100; ++i) {
    if (entry.text[i] != '%' || i + 1 >= entry.text.size()) {
      out += entry.text[i];
      continue;
    }
    const int level = entry.text[++i] - '1';
    const auto found = counters.find(level);
    const int value = found == counters.end() ? 1 : found->second;
    out += level == entry.level ? formatted(value, entry.format) : std::to_string(value);
  }
  return indent + out + " ";
}

}  // namespace maester::extract
