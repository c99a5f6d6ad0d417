#include "extract/formats/xml.h"

#include <algorithm>

#include "extract/formats/charset.h"
#include "extract/formats/refusal.h"

namespace maester::extract {
namespace {

// Steps over one construct that begins with "<!" or "<?"; npos when it has no end.
std::size_t skip_special(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  const char* close = rest.starts_with("<!--")        ? "-->"
                      : rest.starts_with("<![CDATA[") ? "]]>"
                      : rest.starts_with("<?")        ? "?>"
                                                      : ">";
  const std::size_t end = text.find(close, at + 2);
  return end == std::string_view::npos ? end : end + std::string_view(close).size();
}

// The end of a tag, quotes respected.
std::size_t end_of_tag(std::string_view text, std::size_t at) {
  char quote = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0)
      quote = c == quote ? '\0' : quote;
    else if (c == '"' || c == '\'')
      quote = c;
    else if (c == '>')
      return at;
  }
  return std::string_view::npos;
}

Status look(std::string_view text) {
  int depth = 0;
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at)) {
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (next == '!' || next == '?') {
      if (text.substr(at).starts_with("<!DOCTYPE")) {
        TRY(refuse_entities(text.substr(at)));
        return corrupt("The document's XML has a DOCTYPE, which is refused.");
      }
      at = skip_special(text, at);
      continue;
    }
    const std::size_t end = end_of_tag(text, at);
    if (end == std::string_view::npos) return corrupt("The document's XML ends within a tag.");
    if (next == '/')
      --depth;
    else if (text[end - 1] != '/')
      ++depth;
    if (depth > kMaxXmlDepth) return nesting("The document's XML is nested more than 500 deep.");
    at = end;
  }
  return {};
}

}  // namespace

Status refuse_entities(std::string_view text) {
  const std::size_t at = text.find("<!DOCTYPE");
  if (at == std::string_view::npos) return {};
  std::size_t entity = text.find("<!ENTITY", at);
  if (entity == std::string_view::npos) return {};
  for (; entity != std::string_view::npos; entity = text.find("<!ENTITY", entity + 1)) {
    const std::string_view value = text.substr(entity, text.find('>', entity) - entity);
    if (value.contains('&') && !value.contains("&#"))
      return bomb("The document's XML declares entities of entities, which are refused.");
  }
  return corrupt("The document's XML declares entities, which are refused.");
}

Result<Xml> Xml::parse(std::string text) {
  Xml xml;
  // Office files are UTF-8; the rest is brought there.
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    auto decoded = decode(text);
    if (decoded) text = std::move(decoded->text);
  }
  TRY(look(text));
  xml.text_ = std::move(text);
  xml.text_.reserve(64);  // never within the string object itself: the tree outlives a move
  const auto parsed = xml.document_.load_buffer_inplace(xml.text_.data(), xml.text_.size(),
                                                        pugi::parse_default | pugi::parse_ws_pcdata,
                                                        pugi::encoding_utf8);
  if (parsed.status == pugi::status_out_of_memory)
    return fail(ingest::failure("memory", "Reading the document needs more than 1 GiB of memory."));
  if (!parsed) return corrupt("The document's XML is not well-formed.");
  return xml;
}

std::string_view local_name(const pugi::xml_node& node) {
  std::string_view name = node.name();
  return name.substr(name.find(':') + 1);
}

pugi::xml_node child(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_node& part : node.children())
    if (local_name(part) == name) return part;
  return {};
}

std::string_view attribute(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_attribute& part : node.attributes()) {
    std::string_view own = part.name();
    if (own.substr(own.find(':') + 1) == name) return part.value();
  }
  return {};
}

std::string text_of(const pugi::xml_node& node) {
  std::string out;
  // Bounded by kMaxXmlDepth.
  for (const pugi::xml_node& part : node.children()) {
    if (part.type() == pugi::node_pcdata || part.type() == pugi::node_cdata)
      out += part.value();
    else
      out += text_of(part);
  }
  return out;
}

}  // namespace maester::extract
