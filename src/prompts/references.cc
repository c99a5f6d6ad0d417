#include "prompts/references.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "codec/template.h"

namespace maester::prompts {
namespace {

struct Found {
  std::size_t begin = 0, end = 0;  // of `{@...}` in the source
};

// The next reference at or after `at`; braces that stand for themselves are passed over.
std::optional<Found> next_reference(std::string_view source, std::size_t at) {
  while (at + 1 < source.size()) {
    at = source.find_first_of("{}", at);
    if (at == std::string_view::npos || at + 1 >= source.size()) return std::nullopt;
    if (source[at + 1] == source[at]) {
      at += 2;
    } else if (source[at] == '{' && source[at + 1] == '@') {
      const std::size_t close = source.find_first_of("{}\n", at + 1);
      // Without its end it is left to the template's reader, which tells the place.
      if (close == std::string_view::npos || source[close] != '}') return std::nullopt;
      return Found{at, close + 1};
    } else {
      ++at;
    }
  }
  return std::nullopt;
}

Result<ReferenceTarget> read_target(std::string_view inside, const std::string& where) {
  ReferenceTarget out;
  const std::size_t mark = inside.find_first_of("@:");
  out.prompt = inside.substr(0, mark);
  Status good = check_name("name", out.prompt);
  if (good && mark != std::string_view::npos) {
    const bool by_version = inside[mark] == '@';
    std::string& rest = by_version ? out.version : out.label;
    rest = inside.substr(mark + 1);
    good = check_name(by_version ? "version" : "label", rest);
  }
  if (good) return out;
  return fail(Code::unprocessable,
              "`{@" + std::string(inside) +
                  "}` is no reference: write `{@prompt}`, `{@prompt:label}` or "
                  "`{@prompt@version}`, or `{{@` for the characters themselves.",
              where);
}

class Pinning {
 public:
  Pinning(NewVersion& pushed, const FindPrompt& find) : pushed_(pushed), find_(find) {}

  // Rewrites `source`; `expanded` stays empty when it has no reference.
  Status pin(std::string& source, std::string& expanded, const std::string& where) {
    std::string pinned, whole, masked;
    std::size_t done = 0;
    for (auto found = next_reference(source, 0); found; found = next_reference(source, done)) {
      const std::string_view literal = std::string_view(source).substr(done, found->begin - done);
      TRY_ASSIGN(const ReferenceTarget target,
                 read_target(std::string_view(source).substr(found->begin + 2,
                                                             found->end - found->begin - 3),
                             where));
      TRY_ASSIGN(const auto version, look_up(target, where));
      for (std::string* text : {&pinned, &whole, &masked}) text->append(literal);
      pinned += "{@" + version->name + "@" + version->version + "}";
      whole += version->messages.front().content.source();
      masked.append(found->end - found->begin, ' ');
      done = found->end;
      if (whole.size() > kMaxTemplateBytes) {
        return fail(Code::too_large,
                    "A prompt's templates may have 256 KiB together, the text of referenced "
                    "prompts included.",
                    where);
      }
    }
    if (done == 0) return {};
    for (std::string* text : {&pinned, &whole, &masked}) text->append(source, done);
    // What is wrong between the references is told by its place in what was written.
    if (auto parsed = Template::parse(std::move(masked)); !parsed) {
      Error error = std::move(parsed).error();
      error.param = where;
      return fail(std::move(error));
    }
    source = std::move(pinned);
    expanded = std::move(whole);
    return {};
  }

 private:
  Result<std::shared_ptr<const PromptVersion>> look_up(const ReferenceTarget& target,
                                                       const std::string& where) {
    if (target.prompt == pushed_.name) {
      return fail(Code::unprocessable, "Prompt `" + pushed_.name + "` cannot contain itself.",
                  where);
    }
    auto version = find_(target);
    if (!version) {
      Error error = std::move(version).error();
      error.param = where;
      return fail(std::move(error));
    }
    if ((*version)->is_chat) {
      return fail(Code::unprocessable,
                  "Prompt `" + target.prompt +
                      "` is a chat, and only a text can stand inside another prompt.",
                  where);
    }
    TRY(check_way(**version, pushed_.name + " > " + target.prompt, 1, where));
    const Reference reference{(*version)->name, (*version)->version};
    auto& known = pushed_.references;
    if (std::find(known.begin(), known.end(), reference) == known.end()) {
      if (known.size() == kMaxReferences) {
        return fail(Code::too_large, "A prompt may refer to 64 others.", where);
      }
      known.push_back(reference);
      TRY(inherit(**version, where));
    }
    return std::move(*version);
  }

  // Of what the version itself contains.
  Status check_way(const PromptVersion& version, const std::string& way, int depth,
                   const std::string& where) const {
    if (depth > kMaxReferenceDepth) {
      return fail(Code::unprocessable,
                  "Prompts may stand inside each other 5 deep; this is deeper: " + way + ".",
                  where);
    }
    for (const Reference& reference : version.references) {
      const std::string further = way + " > " + reference.prompt;
      if (reference.prompt == pushed_.name) {
        return fail(Code::unprocessable,
                    "Prompt `" + pushed_.name + "` cannot contain itself: " + further + ".", where);
      }
      TRY_ASSIGN(const auto inner, find_({reference.prompt, reference.version, ""}));
      TRY(check_way(*inner, further, depth + 1, where));
    }
    return {};
  }

  // The types that the referenced prompt knows of its variables hold here, too.
  Status inherit(const PromptVersion& version, const std::string& where) {
    if (!pushed_.variables.empty()) return {};  // a declaration is complete
    for (const Variable& variable : version.variables) {
      if (variable.type == "string" && variable.choices.empty()) continue;
      const auto known =
          std::find_if(pushed_.inherited.begin(), pushed_.inherited.end(),
                       [&](const Variable& one) { return one.name == variable.name; });
      if (known == pushed_.inherited.end()) {
        pushed_.inherited.push_back(variable);
      } else if (!(*known == variable)) {
        return fail(Code::unprocessable,
                    "Variable `" + variable.name +
                        "` has different types in the prompts referred to; declare it in "
                        "`variables`.",
                    where);
      }
    }
    return {};
  }

  NewVersion& pushed_;
  const FindPrompt& find_;
};

}  // namespace

Status pin_references(NewVersion& pushed, const FindPrompt& find) {
  pushed.references.clear();
  pushed.inherited.clear();
  Pinning pinning(pushed, find);
  TRY(pinning.pin(pushed.template_text, pushed.template_expanded, "template"));
  for (std::size_t i = 0; i < pushed.messages.size(); ++i) {
    NewMessage& message = pushed.messages[i];
    TRY(pinning.pin(message.text, message.expanded, "messages[" + std::to_string(i) + "]"));
  }
  return {};
}

}  // namespace maester::prompts
