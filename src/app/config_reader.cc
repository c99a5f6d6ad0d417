#include "app/config_reader.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <tuple>
#include <utility>

#include "app/interpolate.h"
#include "app/nearest.h"

namespace maester::app {
namespace {

constexpr std::size_t kMaxItems = 10'000;  // of one list

Place place_of(const toml::source_region& region) {
  return {region.begin.line, region.begin.column};
}
Place end_of(const toml::source_region& region) {
  return {region.end.line, region.end.column};
}

std::string_view kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::string:
      return "a string";
    case toml::node_type::integer:
      return "an integer";
    case toml::node_type::floating_point:
      return "a float";
    case toml::node_type::boolean:
      return "a boolean";
    case toml::node_type::array:
      return "an array";
    case toml::node_type::table:
      return "a table";
    default:
      return "a date or time";
  }
}

std::string in_quotes(std::string_view text) {
  return "`" + std::string(text) + "`";
}

std::string one_of(std::span<const std::string_view> choices) {
  std::string out;
  for (const std::string_view choice : choices) {
    out += (out.empty() ? "" : ", ") + in_quotes(choice);
  }
  return out;
}

class Reader {
 public:
  Reader(const Environment& environment, ProblemList& problems)
      : environment_(environment), problems_(problems) {}

  Node table(const toml::table* source, const Table& schema, Place place);

 private:
  void value(const toml::node& source, const Field& field, Node& out);
  void text(const toml::node& source, const Field& field, Node& out);
  void integer(const toml::node& source, const Field& field, Node& out);
  void list(const toml::node& source, const Field& field, Node& out);
  void check_choice(const Field& field, Node& out);
  void check_keys(const toml::table& source, const Table& schema);
  void wrong(Node& out, std::string message) {
    out.valid = false;
    problems_.add(out.place, std::move(message));
  }

  const Environment& environment_;
  ProblemList& problems_;
};

void set_default(const Field& field, Node& out) {
  out.text = out.source = field.fallback;
  if (field.type == Type::flag) out.flag = field.fallback == "true";
  if (field.type == Type::integer) {
    std::from_chars(field.fallback.data(), field.fallback.data() + field.fallback.size(),
                    out.number);
  }
}

void Reader::check_keys(const toml::table& source, const Table& schema) {
  std::vector<std::string_view> known;
  for (const Field& field : schema.fields) {
    if (field.type != Type::later) known.push_back(field.name);
  }
  for (const auto& [key, node] : source) {
    const auto field = std::find_if(schema.fields.begin(), schema.fields.end(),
                                    [&](const Field& one) { return one.name == key.str(); });
    const Place place = place_of(key.source());
    if (field == schema.fields.end()) {
      problems_.add(place, "unknown key " + in_quotes(key.str()) + " in " +
                               std::string(schema.title) + did_you_mean(key.str(), known));
    } else if (field->type == Type::later) {
      problems_.add(place, in_quotes(key.str()) + " in " + std::string(schema.title) + ": " +
                               std::string(field->help) + " is not in this version; remove it");
    }
  }
}

Node Reader::table(const toml::table* source, const Table& schema, Place place) {
  Node out;
  out.table = &schema;
  out.place = place;
  out.given = source != nullptr;
  if (source != nullptr) check_keys(*source, schema);
  out.members.reserve(schema.fields.size());
  for (const Field& field : schema.fields) {
    Node& member = out.members.emplace_back();
    member.field = &field;
    const toml::node* given = source != nullptr ? source->get(field.name) : nullptr;
    if (given != nullptr && field.type != Type::later) {
      member.given = true;
      member.origin = Origin::file;
      member.place = place_of(given->source());
      member.end = end_of(given->source());
      value(*given, field, member);
    } else if (field.table != nullptr && field.type == Type::table) {
      member = table(nullptr, *field.table, {});
      member.field = &field;
    } else {
      set_default(field, member);
      if (field.required && source != nullptr) {
        problems_.add(place, std::string(schema.title) + " needs " + in_quotes(field.name));
        member.valid = false;
      }
    }
  }
  return out;
}

void Reader::value(const toml::node& source, const Field& field, Node& out) {
  switch (field.type) {
    case Type::text:
    case Type::secret:
    case Type::choice:
    case Type::money:
      return text(source, field, out);
    case Type::integer:
      return integer(source, field, out);
    case Type::text_list:
    case Type::secret_list:
    case Type::table_list:
      return list(source, field, out);
    case Type::flag:
      if (!source.is_boolean()) break;
      out.flag = source.as_boolean()->get();
      return;
    case Type::table:
      if (!source.is_table()) break;
      out = table(source.as_table(), *field.table, place_of(source.source()));
      out.origin = Origin::file;
      out.field = &field;
      return;
    case Type::later:
      return;
  }
  wrong(out, in_quotes(field.name) + " must be " + std::string(expected_kind(field.type)) +
                 ", not " + std::string(kind_of(source)));
  if (field.type == Type::table) {
    const Place place = out.place;
    out = table(nullptr, *field.table, {});
    out.field = &field;
    out.place = place;
    out.valid = false;
  } else {
    set_default(field, out);
  }
}

void Reader::text(const toml::node& source, const Field& field, Node& out) {
  const toml::value<std::string>* given = source.as_string();
  if (given == nullptr) {
    set_default(field, out);
    if (field.type == Type::money && source.is_number()) {
      wrong(out, in_quotes(field.name) +
                     " must be a decimal in a string, such as \"0.40\": a number in TOML is a "
                     "binary float, which cannot hold most prices exactly");
      return;
    }
    wrong(out, in_quotes(field.name) + " must be " + std::string(expected_kind(field.type)) +
                   ", not " + std::string(kind_of(source)));
    return;
  }
  out.source = given->get();
  auto text = interpolate(out.source, environment_);
  if (!text) {
    wrong(out, in_quotes(field.name) + ": " + text.error().message);
    return;
  }
  out.text = std::move(text->text);
  out.origin = text->origin;
  if (field.type == Type::choice) check_choice(field, out);
  if (out.valid && field.required && out.text.empty())
    wrong(out, in_quotes(field.name) + " must not be empty");
}

void Reader::check_choice(const Field& field, Node& out) {
  const auto has = [&](std::span<const std::string_view> list) {
    return std::find(list.begin(), list.end(), out.text) != list.end();
  };
  if (has(field.choices)) return;
  const std::string given = in_quotes(out.text);
  if (has(field.later)) {
    wrong(out, in_quotes(field.name) + " = " + given + " is not in this version; choose " +
                   one_of(field.choices));
  } else {
    const std::string near = did_you_mean(out.text, field.choices);
    wrong(out, in_quotes(field.name) + " must be one of " + one_of(field.choices) + ", not " +
                   given + near);
  }
  set_default(field, out);
}

void Reader::integer(const toml::node& source, const Field& field, Node& out) {
  set_default(field, out);
  const toml::value<std::int64_t>* given = source.as_integer();
  if (given == nullptr) {
    wrong(out, in_quotes(field.name) + " must be an integer, not " + std::string(kind_of(source)));
    return;
  }
  const std::int64_t number = given->get();
  if (number >= field.min && number <= field.max) {
    out.number = number;
    return;
  }
  if (field.min == field.max) {
    wrong(out, in_quotes(field.name) + " must be " + std::to_string(field.min) + ", not " +
                   std::to_string(number) + ": " + std::string(field.help));
    return;
  }
  wrong(out, in_quotes(field.name) + " must be between " + std::to_string(field.min) + " and " +
                 std::to_string(field.max) + ", not " + std::to_string(number));
}

void Reader::list(const toml::node& source, const Field& field, Node& out) {
  const toml::array* given = source.as_array();
  if (given == nullptr) {
    wrong(out, in_quotes(field.name) + " must be " + std::string(expected_kind(field.type)) +
                   ", not " + std::string(kind_of(source)));
    return;
  }
  if (given->size() > kMaxItems) {
    wrong(out, in_quotes(field.name) + " may have 10000 entries");
    return;
  }
  Field element = field;  // its name and bounds serve the messages
  element.required = true;
  element.type = field.type == Type::secret_list ? Type::secret : Type::text;
  for (const toml::node& one : *given) {
    const Place place = place_of(one.source());
    if (field.type != Type::table_list) {
      Node& item = out.items.emplace_back();
      item.place = place;
      item.end = end_of(one.source());
      item.given = true;
      text(one, element, item);
      item.field = nullptr;
    } else if (one.is_table()) {
      out.items.push_back(table(one.as_table(), *field.table, place));
    } else {
      problems_.add(place, "an entry of " + in_quotes(field.name) + " must be a table, not " +
                               std::string(kind_of(one)));
    }
  }
}

}  // namespace

Problems ProblemList::take() {
  std::sort(problems_.begin(), problems_.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.place, a.message) < std::tie(b.place, b.message);
  });
  return std::move(problems_);
}

std::string_view expected_kind(Type type) {
  switch (type) {
    case Type::text:
    case Type::secret:
    case Type::choice:
      return "a string";
    case Type::money:
      return "a decimal in a string";
    case Type::integer:
      return "an integer";
    case Type::flag:
      return "true or false";
    case Type::text_list:
    case Type::secret_list:
      return "an array of strings";
    case Type::table:
      return "a table";
    case Type::table_list:
      return "an array of tables";
    case Type::later:
      break;
  }
  return "left out";
}

Node read_tree(std::string_view toml_text, const std::string& file_name,
               const Environment& environment, ProblemList& problems) {
  Reader reader(environment, problems);
  try {
    const toml::table root = toml::parse(toml_text, file_name);
    return reader.table(&root, config_schema(), {});
  } catch (const toml::parse_error& error) {
    problems.add(place_of(error.source()), std::string(error.description()));
  }
  return reader.table(nullptr, config_schema(), {});
}

}  // namespace maester::app
