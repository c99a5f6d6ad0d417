#include "gateway/providers/common/request_edit.h"

#include <utility>

namespace maester::gateway::providers {

void set_member(json::Edit& edit, json::Value object, std::string_view key, std::string json) {
  const json::Value member = object.get(key);
  if (member.exists())
    edit.replace(member, std::move(json));
  else
    edit.add_member(object, key, json);
}

Result<json::Document> parse_source(std::string_view body) {
  TRY_ASSIGN(json::Document doc, json::Document::parse(body));
  if (!doc.root().is_object()) {
    return fail(Code::invalid_request, "The request body must be a JSON object.");
  }
  return doc;
}

void edit_common(json::Edit& edit, json::Value root, const EncodeOptions& options) {
  if (const json::Value own = root.get("maester"); own.exists()) edit.remove_member(own);
  if (root.get("model").string_or("") != options.upstream_model) {
    set_member(edit, root, "model", json::quote(options.upstream_model));
  }
  if (root.get("stream").bool_or(false) != options.stream) {
    set_member(edit, root, "stream", options.stream ? "true" : "false");
  }
}

}  // namespace maester::gateway::providers
