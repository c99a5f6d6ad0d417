#include "app/prompt_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

#include "base/utf8.h"
#include "codec/json.h"
#include "codec/json_equal.h"
#include "codec/json_writer.h"

namespace maester::app {
namespace {

constexpr std::array<std::string_view, 9> kMembers = {"name",     "version",   "template",
                                                      "messages", "variables", "labels",
                                                      "message",  "config",    "fallback"};

// The front matter (as JSON, "{}" when there is none) and the text after it.
Result<std::pair<std::string, std::string_view>> split_front_matter(std::string_view text,
                                                                    const std::string& path) {
  constexpr std::string_view kFence = "+++\n";
  if (!text.starts_with(kFence)) return std::pair{std::string("{}"), text};
  const std::size_t end = text.find("\n+++\n", kFence.size() - 1);
  if (end == std::string_view::npos) {
    return fail(Code::invalid_request, path + ":1:1: the front matter has no closing line `+++`");
  }
  const std::string_view front =
      text.substr(kFence.size(), std::max(end + 1, kFence.size()) - kFence.size());
  TRY_ASSIGN(std::string as_json, toml_as_json(front, path));
  return std::pair{std::move(as_json), text.substr(end + 5)};
}

Status check_members(json::Value root, const std::string& path) {
  if (!root.is_object()) return fail(Code::invalid_request, path + ": must hold an object");
  for (const json::Value member : root) {
    if (std::find(kMembers.begin(), kMembers.end(), member.key()) == kMembers.end()) {
      return fail(Code::invalid_request,
                  path + ": unknown key `" + std::string(member.key()) +
                      "`; a prompt has name, version, template or messages, variables, labels, "
                      "message, config and fallback");
    }
  }
  return {};
}

void write_labels(json::Value given, const std::vector<std::string>& more, json::Writer& w) {
  if (!given.exists() && more.empty()) return;
  w.key("labels").begin_array();
  for (const json::Value label : given) w.raw(label.raw());
  for (const std::string& label : more) w.value(label);
  w.end_array();
}

std::string merge(json::Value root, const std::string& stem, std::optional<std::string_view> text,
                  const PushOverrides& overrides) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  if (!root.get("name").exists()) w.field("name", stem);
  for (const json::Value member : root) {
    const std::string_view key = member.key();
    if (key == "labels" || (key == "version" && !overrides.version.empty()) ||
        (key == "message" && !overrides.message.empty()) || (key == "template" && text)) {
      continue;
    }
    w.raw_field(key, member.raw());
  }
  if (text) w.field("template", *text);
  w.optional_field("version", overrides.version).optional_field("message", overrides.message);
  write_labels(root.get("labels"), overrides.labels, w);
  w.end_object();
  return out;
}

}  // namespace

Result<std::string> push_body(const std::string& path, std::string_view text,
                              const PushOverrides& overrides) {
  const std::filesystem::path file(path);
  const std::string ending = file.extension().string();
  std::string as_json;
  std::optional<std::string_view> template_text;
  if (!utf8::valid(text)) return fail(Code::invalid_request, path + ": is not valid UTF-8");
  if (ending == ".json") {
    as_json = text;
  } else if (ending == ".toml") {
    TRY_ASSIGN(as_json, toml_as_json(text, path));
  } else if (ending == ".txt" || ending == ".prompt") {
    TRY_ASSIGN(auto parts, split_front_matter(text, path));
    as_json = std::move(parts.first);
    if (parts.second.ends_with('\n')) parts.second.remove_suffix(1);
    if (parts.second.ends_with('\r')) parts.second.remove_suffix(1);
    template_text = parts.second;
  } else {
    return fail(Code::invalid_request,
                path + ": a prompt file ends in .prompt, .txt, .toml or .json");
  }
  auto doc = json::Document::parse(as_json);
  if (!doc) return fail(Code::invalid_request, path + ": " + doc.error().message);
  TRY(check_members(doc->root(), path));
  return merge(doc->root(), file.stem().string(), template_text, overrides);
}

namespace {

constexpr int kMaxDepth = 60;  // of what the writer can nest

bool too_deep(const toml::node& node, int left) {
  if (const toml::table* table = node.as_table()) {
    return left == 0 || std::any_of(table->begin(), table->end(), [left](const auto& member) {
             return too_deep(member.second, left - 1);
           });
  }
  const toml::array* array = node.as_array();
  return array != nullptr &&
         (left == 0 || std::any_of(array->begin(), array->end(), [left](const toml::node& item) {
            return too_deep(item, left - 1);
          }));
}

// A number as the shortest text that reads back the same: 0.1 stays 0.1.
void write_node(json::Writer& w, const toml::node& node) {
  if (const toml::table* table = node.as_table()) {
    w.begin_object();
    for (const auto& [key, value] : *table) {
      w.key(key.str());
      write_node(w, value);
    }
    w.end_object();
  } else if (const toml::array* array = node.as_array()) {
    w.begin_array();
    for (const toml::node& item : *array) write_node(w, item);
    w.end_array();
  } else if (const auto* text = node.as_string()) {
    w.value(std::string_view(text->get()));
  } else if (const auto* whole = node.as_integer()) {
    w.value(whole->get());
  } else if (const auto* number = node.as_floating_point()) {
    w.value(number->get());
  } else if (const auto* flag = node.as_boolean()) {
    w.value(flag->get());
  } else {  // a date or a time
    std::ostringstream out;
    node.visit([&out](const auto& value) { out << value; });
    w.value(std::string_view(out.view()));
  }
}

}  // namespace

Result<std::string> toml_as_json(std::string_view text, const std::string& path) {
  try {
    const toml::table table = toml::parse(text, path);
    if (too_deep(table, kMaxDepth))
      return fail(Code::invalid_request, path + ": values are nested more than 60 deep");
    std::string out;
    json::Writer w(out);
    write_node(w, table);
    return out;
  } catch (const toml::parse_error& error) {
    const auto at = error.source().begin;
    return fail(Code::invalid_request, path + ":" + std::to_string(at.line) + ":" +
                                           std::to_string(at.column) + ": " +
                                           std::string(error.description()));
  }
}

Result<std::string> read_prompt_file(const std::string& path) {
  constexpr std::uintmax_t kMost = 1u << 20;
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  std::ifstream in(path, std::ios::binary);
  if (error || !in) return fail(Code::io_error, path + ": cannot be read");
  if (size > kMost) return fail(Code::too_large, path + ": has more than 1 MiB");
  return std::string(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
}

// Inline, so that order and nesting stay.
std::string json_as_toml(json::Value value, bool sorted) {
  if (value.is_object()) {
    std::vector<json::Value> members;
    for (const json::Value member : value) {
      if (!member.is_null()) members.push_back(member);  // TOML has no null
    }
    if (sorted) {
      std::sort(members.begin(), members.end(),
                [](json::Value x, json::Value y) { return x.key() < y.key(); });
    }
    std::string out;
    for (const json::Value member : members) {
      out += (out.empty() ? "" : ", ") + json::quote(member.key()) + " = " +
             json_as_toml(member, sorted);
    }
    return "{ " + out + " }";
  }
  if (value.is_array()) {
    std::string out;
    for (const json::Value item : value)
      out += (out.empty() ? "" : ", ") + json_as_toml(item, sorted);
    return "[" + out + "]";
  }
  // A JSON string is a basic string of TOML, but for "\/" and surrogate pairs: written anew.
  return value.is_string() ? json::quote(value.string_or("")) : std::string(value.raw());
}

namespace {

// A list of messages or texts, an item a line: what git shows of a change is the change.
std::string toml_lines(json::Value list) {
  std::string out = "[\n";
  for (const json::Value item : list) out += "  " + json_as_toml(item) + ",\n";
  return out + "]";
}

// What of a prompt a file holds, in the order in which it is written.
std::vector<json::Value> kept_members(json::Value root, bool declared, bool with_version) {
  std::vector<json::Value> out;
  for (const std::string_view key :
       {"name", "version", "message", "template", "messages", "variables", "config", "fallback"}) {
    if (key == "variables" && !declared) continue;
    if ((key == "version" || key == "message") && !with_version) continue;
    const json::Value value = root.get(key);
    if (!value.empty() && !(value.is_string() && value.string_or("").empty())) out.push_back(value);
  }
  return out;
}

bool reads_back(const std::string& path, const std::string& text,
                const std::vector<json::Value>& members) {
  const auto body = push_body(path, text, {});
  if (!body) return false;
  const auto doc = json::Document::parse(*body);
  return doc && std::all_of(members.begin(), members.end(), [&](json::Value member) {
           return json::equal(doc->root().get(member.key()), member);
         });
}

}  // namespace

Result<PulledFile> pulled_file(std::string_view prompt_json, bool with_version) {
  TRY_ASSIGN(const json::Document doc, json::Document::parse(prompt_json));
  const json::Value root = doc.root();
  TRY_ASSIGN(const std::string_view name, root.get("name").as_string());
  const std::string stem(with_version ? root.get("version").string_or(name) : name);
  // A server that tells which variables are only derived from the template says so.
  const bool declared =
      root.get("variables").size() > 0 && root.get("variables_declared").bool_or(true);
  const std::vector<json::Value> members = kept_members(root, declared, with_version);
  PulledFile out;
  const bool plain = root.get("template").is_string() && members.size() == 2;
  if (plain) {
    out.name = stem + ".prompt";
    out.text = std::string(root.get("template").string_or("")) + "\n";
    if (out.text.starts_with("+++\n")) out.text.insert(0, "+++\n+++\n");
    return out;
  }
  out.name = stem + ".toml";
  for (const json::Value member : members) {
    const std::string value =
        member.key() == "messages" ? toml_lines(member) : json_as_toml(member, true);
    out.text += std::string(member.key()) + " = " + value + "\n";
  }
  if (reads_back(out.name, out.text, members)) return out;
  out.name = stem + ".json";
  out.text = "{";
  for (const json::Value member : members) {
    out.text += (out.text.size() == 1 ? "\n  " : ",\n  ") + json::quote(member.key()) + ": " +
                std::string(member.raw());
  }
  out.text += "\n}\n";
  return out;
}

}  // namespace maester::app
