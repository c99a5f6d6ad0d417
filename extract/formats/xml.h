// XML of office files by pugixml, on input that was looked at first: no DOCTYPE, bounded depth
// (pugixml frees its tree by recursion), bounded size.
#pragma once

#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "base/result.h"

namespace maester::extract {

inline constexpr int kMaxXmlDepth = 500;

// Owns the text that the tree points into.
class Xml {
 public:
  // "corrupt" for what is not well-formed or has a DOCTYPE, "bomb" for entities that hold
  // entities, "nesting" beyond kMaxXmlDepth.
  static Result<Xml> parse(std::string text);
  pugi::xml_node root() const { return document_.document_element(); }

 private:
  std::string text_;
  pugi::xml_document document_;
};

// "w:p" -> "p": prefixes are a writer's choice.
std::string_view local_name(const pugi::xml_node& node);
// The first child, the first attribute of that local name; empty ones when there is none.
pugi::xml_node child(const pugi::xml_node& node, std::string_view name);
std::string_view attribute(const pugi::xml_node& node, std::string_view name);
// All text below it.
std::string text_of(const pugi::xml_node& node);

// For XML that is shown as it is written: refuses declarations of entities (reasons as parse()).
Status refuse_entities(std::string_view text);

}  // namespace maester::extract
