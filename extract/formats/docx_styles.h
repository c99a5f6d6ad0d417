// What Word's paragraph styles and lists mean for the text: heading levels, bullets, numbers.
#pragma once

#include <map>
#include <pugixml.hpp>
#include <string>
#include <string_view>

namespace maester::extract {

class DocxStyles {
 public:
  // REQUIRES: the trees outlive this.
  DocxStyles(const pugi::xml_node& styles, const pugi::xml_node& numbering);
  // 1-9, 0 = no heading; of a paragraph's <w:pPr>.
  int heading_level(const pugi::xml_node& properties) const;

  struct ListEntry {
    std::string list;  // "" = none
    int level = 0;
    std::string format;  // "bullet", "decimal", "lowerLetter", ...
    std::string text;    // "%1.%2."
    int start = 1;
  };
  ListEntry list_entry(const pugi::xml_node& properties) const;

 private:
  struct Style {
    std::string based_on;
    int level = 0;
    pugi::xml_node numbering;
  };
  const Style* find(std::string_view id) const;
  std::map<std::string, Style, std::less<>> styles_;
  std::map<std::string, std::string, std::less<>> lists_;  // numId -> abstractNumId
  std::map<std::string, pugi::xml_node, std::less<>> definitions_;
};

// Counts the entries of each list as they come.
class DocxNumbering {
 public:
  // "- ", "3. ", "2.1 " with two spaces for each level in front; "" for no list.
  std::string mark(const DocxStyles& styles, const pugi::xml_node& properties);

 private:
  std::map<std::string, std::map<int, int>> counters_;
};

}  // namespace maester::extract
