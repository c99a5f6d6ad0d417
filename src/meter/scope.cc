#include "meter/scope.h"

#include <algorithm>
#include <array>

namespace maester::meter {
namespace {

constexpr std::size_t kMaxValueBytes = 256;
constexpr std::size_t kMaxTags = 8;
constexpr std::string_view kEach = "*";

bool holds(std::string_view wanted, std::string_view actual) {
  if (wanted.empty()) return true;
  return wanted == kEach ? !actual.empty() : wanted == actual;
}

std::string_view tag_of(const Spender& spender, std::string_view name) {
  const auto found = std::ranges::find(spender.tags, name,
                                       [](const auto& tag) { return std::string_view(tag.first); });
  return found == spender.tags.end() ? std::string_view() : std::string_view(found->second);
}

// A length leads each value, so that no two lists of values read alike.
void append_subject(std::string& out, std::string_view wanted, std::string_view actual) {
  if (wanted != kEach) return;
  if (!out.empty()) out.push_back(',');
  out.append(std::to_string(actual.size())).append(":").append(actual);
}

Result<std::string> read_text(const json::Value& value) {
  TRY_ASSIGN(const std::string_view text, value.as_string());
  if (text.empty() || text.size() > kMaxValueBytes) {
    return fail(Code::invalid_request,
                "`" + value.path() + "` must have 1 to 256 bytes, or be left out.", value.path());
  }
  return std::string(text);
}

Result<Tags> read_tags(const json::Value& value) {
  if (!value.is_object() || value.size() == 0 || value.size() > kMaxTags || value.duplicate_key()) {
    return fail(Code::invalid_request,
                "`" + value.path() + "` must be an object of 1 to 8 names and their values.",
                value.path());
  }
  Tags out;
  for (const json::Value tag : value) {
    TRY_ASSIGN(std::string text, read_text(tag));
    out.emplace_back(tag.key(), std::move(text));
  }
  std::ranges::sort(out);
  return out;
}

struct Member {
  std::string_view name;
  std::string Scope::* field;
};
constexpr std::array<Member, 6> kMembers = {{{"tenant", &Scope::tenant},
                                             {"key", &Scope::key},
                                             {"user", &Scope::user},
                                             {"route", &Scope::route},
                                             {"prompt", &Scope::prompt},
                                             {"model", &Scope::model}}};

}  // namespace

bool covers(const Scope& scope, const Spender& spender) {
  return scope.tenant == spender.tenant && holds(scope.key, spender.key) &&
         holds(scope.user, spender.user) && holds(scope.route, spender.route) &&
         holds(scope.prompt, spender.prompt) && holds(scope.model, spender.model) &&
         std::ranges::all_of(scope.tags, [&](const auto& tag) {
           return holds(tag.second, tag_of(spender, tag.first));
         });
}

std::string subject_of(const Scope& scope, const Spender& spender) {
  std::string out;
  append_subject(out, scope.key, spender.key);
  append_subject(out, scope.user, spender.user);
  append_subject(out, scope.model, spender.model);
  for (const auto& [name, value] : scope.tags) append_subject(out, value, tag_of(spender, name));
  return out;
}

bool has_subjects(const Scope& scope) {
  return scope.key == kEach || scope.user == kEach || scope.model == kEach ||
         std::ranges::any_of(scope.tags, [](const auto& tag) { return tag.second == kEach; });
}

std::string describe(const Scope& scope) {
  std::string out;
  const auto add = [&out](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    if (!out.empty()) out.append(", ");
    out.append(name).append(" ").append(value);
  };
  for (const Member& member : kMembers) add(member.name, scope.*member.field);
  for (const auto& [name, value] : scope.tags) add("tag " + name, value);
  return out;
}

void write(json::Writer& w, const Scope& scope) {
  w.begin_object();
  for (const Member& member : kMembers) w.optional_field(member.name, scope.*member.field);
  if (!scope.tags.empty()) {
    w.key("tag").begin_object();
    for (const auto& [name, value] : scope.tags) w.field(name, value);
    w.end_object();
  }
  w.end_object();
}

Result<Scope> read_scope(const json::Value& value, std::string_view tenant, bool with_model) {
  Scope out;
  out.tenant = tenant;
  if (value.empty()) return out;
  if (!value.is_object() || value.duplicate_key()) {
    return fail(Code::invalid_request, "`scope` must be an object with each key once.", "scope");
  }
  for (const json::Value member : value) {
    const auto known = std::ranges::find(kMembers, member.key(), &Member::name);
    if (member.key() == "tag") {
      TRY_ASSIGN(out.tags, read_tags(member));
    } else if (known == kMembers.end() || (known->name == "model" && !with_model)) {
      return fail(Code::invalid_request,
                  "`" + member.path() + "` is not known; a scope has tenant, key, user, route, " +
                      "prompt, " + (with_model ? "model, " : "") + "tag.",
                  member.path());
    } else {
      TRY_ASSIGN(out.*known->field, read_text(member));
    }
  }
  for (const std::string* exact : {&out.tenant, &out.route, &out.prompt}) {
    if (*exact != kEach) continue;
    return fail(Code::invalid_request,
                "`*` stands for each key, user, model or tag value; name the tenant, route and "
                "prompt.",
                "scope");
  }
  return out;
}

}  // namespace maester::meter
