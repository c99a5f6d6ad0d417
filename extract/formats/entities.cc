#include "extract/formats/entities.h"

#include "extract/formats/html_tree.h"

namespace maester::extract {

std::string decode_entity(std::string_view entity) {
  if (entity.size() > 64) return std::string(entity);
  const std::string html = "<body>" + std::string(entity);
  const HtmlTree tree(html);
  // document > html > body > text
  const GumboNode* node = tree.root();
  while (node->type == GUMBO_NODE_DOCUMENT || node->type == GUMBO_NODE_ELEMENT) {
    const GumboVector& children =
        node->type == GUMBO_NODE_DOCUMENT ? node->v.document.children : node->v.element.children;
    if (children.length == 0) return std::string(entity);
    node = static_cast<const GumboNode*>(children.data[children.length - 1]);
  }
  return node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE ? node->v.text.text
                                                                              : std::string(entity);
}

}  // namespace maester::extract
