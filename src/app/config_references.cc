#include "app/config_references.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "app/config_reader.h"
#include "base/utf8.h"

namespace maester::app {
namespace {

// Secrets are not read: what is wanted is the text itself.
Node tree_of(std::string_view toml, const std::string& file_name, ProblemList& problems) {
  return read_tree(toml, file_name, Environment::stand_in(), problems);
}

bool only_references(std::string_view text) {
  while (text.starts_with("${")) {
    const std::size_t close = text.find('}');
    if (close == std::string_view::npos) return false;
    text.remove_prefix(close + 1);
  }
  return text.empty();
}

using Visit = std::function<void(const std::string& setting, Type type, const Node& value)>;

// Every value that was written, with the name of its setting. A provider's settings name its
// address, too: a credential belongs to where it is sent.
void walk(const Node& node, const std::string& setting, Type type, const Visit& visit) {
  if (node.table != nullptr) {
    for (const Node& member : node.members) {
      const std::string name(member.field->name);
      walk(member, setting.empty() ? name : setting + "." + name, member.field->type, visit);
    }
    return;
  }
  if (type == Type::table_list) {
    for (const Node& item : node.items) {
      const bool provider = setting == "providers" && item.table != nullptr;
      walk(item,
           provider ? setting + "[" + item["kind"].source + " " + item["base_url"].source + "]"
                    : setting,
           Type::table, visit);
    }
    return;
  }
  for (const Node& item : node.items)
    walk(item, setting, type == Type::secret_list ? Type::secret : Type::text, visit);
  if (node.given && node.items.empty()) visit(setting, type, node);
}

struct Reference {
  std::string what;  // "providers[openai ].api_key = ${env:X}"
  std::string shown;
  Place place;
};

std::vector<Reference> references(const Node& tree) {
  std::vector<Reference> out;
  walk(tree, "", Type::table, [&](const std::string& setting, Type, const Node& value) {
    if (value.source.find("${") == std::string::npos && setting != "egress.ca_file") return;
    out.push_back({setting + " = " + value.source, value.source, value.place});
  });
  return out;
}

// The byte where a place (in code points) begins.
std::size_t offset_of(std::string_view text, Place place) {
  std::size_t at = 0;
  for (std::uint32_t line = 1; line < place.line && at < text.size(); ++line) {
    const std::size_t feed = text.find('\n', at);
    at = feed == std::string_view::npos ? text.size() : feed + 1;
  }
  for (std::uint32_t column = 1; column < place.column && at < text.size(); ++column) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80) ++at;
  }
  return at;
}

std::vector<std::pair<Place, Place>> literal_secrets(const Node& tree) {
  std::vector<std::pair<Place, Place>> out;
  walk(tree, "", Type::table, [&](const std::string&, Type type, const Node& value) {
    if (type != Type::secret || value.source.empty() || value.source == kMaskedSecret) return;
    if (!only_references(value.source)) out.emplace_back(value.place, value.end);
  });
  return out;
}

}  // namespace

Result<std::string> mask_secrets(std::string_view toml) {
  const auto unreadable = [] {
    return fail(Code::unprocessable, "The stored text cannot be read, so its secrets are unknown.");
  };
  ProblemList problems("");
  if (!utf8::valid(toml)) return unreadable();
  const Node tree = tree_of(toml, "", problems);
  if (!tree.given) return unreadable();
  std::string out(toml);
  auto secrets = literal_secrets(tree);
  std::sort(secrets.rbegin(), secrets.rend());  // from the end, so that places before it hold
  for (const auto& [begin, end] : secrets) {
    const std::size_t from = offset_of(out, begin), to = offset_of(out, end);
    if (to <= from) return unreadable();
    out.replace(from, to - from, '"' + std::string(kMaskedSecret) + '"');
  }
  // What was cut out is looked at again: showing a secret by mistake is worse than showing nothing.
  ProblemList again("");
  const Node masked = tree_of(out, "", again);
  if (!masked.given || !literal_secrets(masked).empty()) return unreadable();
  return out;
}

std::set<std::string> references_of(std::string_view toml) {
  ProblemList problems("");
  std::set<std::string> out;
  for (Reference& one : references(tree_of(toml, "", problems))) out.insert(std::move(one.what));
  return out;
}

Problems foreign_references(std::string_view next, std::string_view running,
                            const std::string& file_name) {
  const std::set<std::string> known = references_of(running);
  ProblemList scratch(""), problems(file_name);
  const Node tree = tree_of(next, file_name, scratch);
  for (const Reference& one : references(tree)) {
    if (known.contains(one.what)) continue;
    problems.add(one.place, "`" + one.shown +
                                "` does not stand at this setting of the running configuration: "
                                "what reads the server's environment or files is added in the "
                                "file, then SIGHUP");
  }
  walk(tree, "", Type::table, [&](const std::string& setting, Type type, const Node& value) {
    if (type == Type::secret && value.source == kMaskedSecret)
      problems.add(
          value.place,
          "`" + setting +
              "` is a mask, not a secret: give the secret again, or use a reference in the file");
  });
  return problems.empty() ? Problems{} : problems.take();
}

}  // namespace maester::app
