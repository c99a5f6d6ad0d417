// XML and HTML in answers, as far as a check must know them. Own readers, because answers are
// hostile and checks run inside the server: no entity is expanded, nothing is fetched, depth and
// work are bounded. Private to checks; pure.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace maester::checks {

struct Xml {
  bool well_formed = false;
  std::string fault;                         // why not: "line 1: ..."
  std::set<std::string, std::less<>> paths;  // of all elements: "a", "a.b"
  std::size_t end = 0;                       // behind the root element
};

// One whole document: prolog, one root, nothing after it but comments and space. A DOCTYPE may not
// have an internal subset.
Xml read_xml(std::string_view text);
// The element that begins at the text's `<` and what follows it left alone.
Xml read_xml_fragment(std::string_view text);

bool is_html(std::string_view text);
// Two signs of it at least: tags, attributes, entities, comments.
bool contains_html(std::string_view text);

}  // namespace maester::checks
