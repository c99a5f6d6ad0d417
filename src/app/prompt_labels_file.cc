#include "app/prompt_labels_file.h"

#include "app/prompt_file.h"
#include "codec/json_writer.h"

namespace maester::app {
namespace {

Error wrong(const std::string& path, const std::string& what) {
  return make_error(Code::invalid_request, path + ": " + what);
}

Result<std::string> label_body(const std::string& path, json::Value target) {
  std::string body;
  json::Writer w(body);
  w.begin_object().field("label", target.key());
  if (target.is_string()) {
    w.field("version", target.string_or(""));
  } else if (target.is_array()) {
    w.raw_field("split", target.raw());
  } else {
    return fail(wrong(path, "label `" + std::string(target.key()) +
                                "` is a version or a list of versions and weights"));
  }
  w.end_object();
  return body;
}

}  // namespace

Result<LabelSettings> read_labels_file(const std::string& path, std::string_view text) {
  TRY_ASSIGN(const std::string as_json, toml_as_json(text, path));
  TRY_ASSIGN(const json::Document doc, json::Document::parse(as_json));
  LabelSettings out;
  for (const json::Value table : doc.root()) {
    if (table.key() == "labels" && table.is_object()) {
      for (const json::Value prompt : table) {
        for (const json::Value target : prompt) {
          TRY_ASSIGN(std::string body, label_body(path, target));
          out.labels.emplace_back(prompt.key(), std::move(body));
        }
      }
    } else if (table.key() == "protections" && table.is_array()) {
      for (const json::Value one : table) out.protections.emplace_back(one.raw());
    } else {
      return fail(wrong(path, "unknown key `" + std::string(table.key()) +
                                  "`; there are [labels.\"PROMPT\"] and [[protections]]"));
    }
  }
  return out;
}

Result<std::string> labels_file(const std::vector<std::pair<std::string, std::string>>& labels,
                                std::string_view protections) {
  std::string out;
  for (const auto& [prompt, rows] : labels) {
    TRY_ASSIGN(const json::Document doc, json::Document::parse(rows));
    if (doc.root().size() == 0) continue;
    out += (out.empty() ? "[labels." : "\n[labels.") + json::quote(prompt) + "]\n";
    for (const json::Value row : doc.root()) {
      const json::Value split = row.get("split");
      out += json::quote(row.get("label").string_or("")) + " = " +
             json_as_toml(split.is_array() ? split : row.get("version")) + "\n";
    }
  }
  TRY_ASSIGN(const json::Document doc, json::Document::parse(protections));
  for (const json::Value one : doc.root()) {
    out += out.empty() ? "[[protections]]\n" : "\n[[protections]]\n";
    for (const std::string_view key : {"prompt", "label", "role", "approvals"})
      out += std::string(key) + " = " + json_as_toml(one.get(key)) + "\n";
  }
  return out;
}

}  // namespace maester::app
