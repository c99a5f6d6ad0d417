#include "app/config_describe.h"

#include <string_view>

#include "app/config_schema.h"
#include "codec/json.h"
#include "codec/json_writer.h"

namespace maester::app {
namespace {

bool is_list(Type type) {
  return type == Type::text_list || type == Type::secret_list || type == Type::table_list;
}

std::string_view origin_name(const Node& node) {
  switch (node.origin) {
    case Origin::fallback:
      return "default";
    case Origin::env:
      return "env";
    case Origin::file:
    case Origin::secret_file:
      return "file";
  }
  return "default";
}

// The value as it would stand in TOML; a JSON string is one in TOML, too.
std::string shown(const Node& node, Type type) {
  switch (type) {
    case Type::secret:
      return node.given ? "(secret)" : "";
    case Type::integer:
      return node.given || !node.text.empty() ? std::to_string(node.number) : "";
    case Type::flag:
      return node.flag ? "true" : "false";
    default:
      return node.given || !node.text.empty() ? json::quote(node.text) : "";
  }
}

void explain(const Node& node, const std::string& path, std::vector<Setting>& out) {
  if (node.table != nullptr) {
    for (const Node& member : node.members) {
      if (member.field->type == Type::later) continue;
      const std::string name(member.field->name);
      explain(member, path.empty() ? name : path + "." + name, out);
    }
    return;
  }
  const Field& field = *node.field;
  const std::string help(field.help);
  if (!is_list(field.type)) {
    out.push_back({path, shown(node, field.type), std::string(origin_name(node)), help});
    return;
  }
  if (field.type != Type::table_list) {
    std::string items;
    std::string_view origin = origin_name(node);
    for (const Node& item : node.items) {
      if (item.origin == Origin::env) origin = "env";
      items += (items.empty() ? "" : ", ") +
               shown(item, field.type == Type::secret_list ? Type::secret : Type::text);
    }
    out.push_back({path, "[" + items + "]", std::string(origin), help});
    return;
  }
  if (node.items.empty()) out.push_back({path, "[]", std::string(origin_name(node)), help});
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    explain(node.items[i], path + "[" + std::to_string(i) + "]", out);
  }
}

void write_schema(const Table& table, json::Writer& w);

void write_choices(const Field& field, json::Writer& w) {
  w.key("enum").begin_array();
  for (const std::string_view choice : field.choices) w.value(choice);
  w.end_array();
}

void write_field(const Field& field, json::Writer& w) {
  w.begin_object().field("description", field.help);
  const bool has_default = !field.fallback.empty();
  switch (field.type) {
    case Type::integer:
      w.field("type", "integer").field("minimum", field.min).field("maximum", field.max);
      if (has_default) w.raw_field("default", field.fallback);
      break;
    case Type::flag:
      w.field("type", "boolean").raw_field("default", field.fallback);
      break;
    case Type::text_list:
    case Type::secret_list:
      w.field("type", "array").key("items").begin_object().field("type", "string").end_object();
      break;
    case Type::table:
      write_schema(*field.table, w);
      break;
    case Type::table_list:
      w.field("type", "array").key("items").begin_object();
      write_schema(*field.table, w);
      w.end_object();
      break;
    default:
      w.field("type", "string");
      if (field.type == Type::choice) write_choices(field, w);
      if (has_default) w.field("default", field.fallback);
  }
  w.end_object();
}

// The keywords of a table, into an object that is open.
void write_schema(const Table& table, json::Writer& w) {
  w.field("type", "object").field("additionalProperties", false).key("properties").begin_object();
  bool any_required = false;
  for (const Field& field : table.fields) {
    if (field.type == Type::later) continue;
    w.key(field.name);
    write_field(field, w);
    any_required = any_required || field.required;
  }
  w.end_object();
  if (!any_required) return;
  w.key("required").begin_array();
  for (const Field& field : table.fields) {
    if (field.required) w.value(field.name);
  }
  w.end_array();
}

std::string type_text(const Field& field) {
  switch (field.type) {
    case Type::integer:
      return "integer, " + std::to_string(field.min) + " to " + std::to_string(field.max);
    case Type::flag:
      return "boolean";
    case Type::money:
      return "decimal in a string";
    case Type::secret:
      return "string, secret";
    case Type::text_list:
      return "array of strings";
    case Type::secret_list:
      return "array of strings, secret";
    case Type::choice: {
      std::string out;
      for (const std::string_view choice : field.choices) {
        out += (out.empty() ? "`" : ", `") + std::string(choice) + "`";
      }
      return out;
    }
    default:
      return "string";
  }
}

std::string default_text(const Field& field) {
  if (field.required) return "required";
  if (!field.fallback.empty()) return "`" + std::string(field.fallback) + "`";
  return is_list(field.type) ? "`[]`" : "";
}

void write_markdown(const Table& table, const std::string& heading, const std::string& about,
                    std::string& out) {
  out += "\n## " + heading + "\n\n" + about + "\n\n| key | type | default | |\n|---|---|---|---|\n";
  for (const Field& field : table.fields) {
    if (field.table != nullptr || field.type == Type::later) continue;
    out += "| `" + std::string(field.name) + "` | " + type_text(field) + " | " +
           default_text(field) + " | " + std::string(field.help) + " |\n";
  }
  for (const Field& field : table.fields) {
    if (field.table == nullptr) continue;
    const std::string title(field.table->title);
    write_markdown(*field.table, title.front() == '[' ? "`" + title + "`" : title,
                   std::string(field.help), out);
  }
}

}  // namespace

std::string config_json_schema() {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("$schema", "https://json-schema.org/draft/2020-12/schema");
  w.field("title", "maester.toml");
  write_schema(config_schema(), w);
  w.end_object();
  return out;
}

std::string config_reference_markdown() {
  std::string out =
      "# Configuration: every key of maester.toml\n"
      "\n"
      "Written by `maester config schema --markdown` from the table in `src/app/config_schema.cc`; "
      "a test compares them.\n"
      "\n"
      "Strings may hold `${env:NAME}` and `${file:PATH}` (a path relative to the configuration "
      "file; one line end at the\n"
      "file's end is dropped). An unknown key, a wrong type, a number out of bounds or a name that "
      "is not declared is an error\n"
      "with file, line and column; `maester config check FILE` tells all of them, `maester config "
      "explain` shows every value\n"
      "with where it came from.\n";
  write_markdown(config_schema(), "Top level", "Before the first table of the file.", out);
  return out;
}

std::vector<Setting> explain_config(const Node& root) {
  std::vector<Setting> out;
  explain(root, "", out);
  return out;
}

}  // namespace maester::app
