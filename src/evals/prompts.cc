// The prompts of a suite, and how a prompt and a test's variables become what is asked.
#include <algorithm>
#include <array>
#include <set>

#include "evals/files.h"
#include "evals/suite.h"
#include "evals/yaml.h"

namespace maester::evals {
namespace {

constexpr auto kCode =
    std::to_array<std::string_view>({".js", ".cjs", ".mjs", ".ts", ".py", ".rb", ".sh"});

class Reader {
 public:
  explicit Reader(const Suite& suite) : suite_(suite) {}

  Status read(const Value& given) {
    if (given.is_string()) return one(given, {});
    if (given.is_object()) {  // {"file://a.txt": label}
      for (const Member& member : given.members()) {
        Value name = Value::of(member.key);
        name.place = member.value.place;
        TRY(one(name, member.value.string()));
      }
      return {};
    }
    if (!given.is_array() || given.array().empty())
      return wrong(given, "`prompts` must be a list that is not empty");
    for (const Value& value : given.array()) {
      if (!value.is_object()) {
        TRY(one(value, {}));
        continue;
      }
      Value raw = value.get("raw").is_string() ? value.get("raw") : value.get("id");
      if (!raw.is_string()) return wrong(value, "a prompt needs `raw` or an `id` that is a file");
      raw.place = value.place;
      TRY(one(raw, value.get("label").string()));
    }
    return {};
  }
  std::vector<SuitePrompt> out;

 private:
  std::unexpected<Error> wrong(const Value& where, std::string_view what) const {
    return fault(suite_.file, where.place, what);
  }

  Status add(std::string raw, std::string label, const Value& where) {
    SuitePrompt prompt;
    prompt.label = label.empty() ? raw : std::move(label);
    prompt.raw = std::move(raw);
    const std::size_t first = prompt.raw.find_first_not_of(" \t\r\n");
    if (first != std::string::npos && (prompt.raw[first] == '{' || prompt.raw[first] == '[')) {
      if (auto json = parse_json(prompt.raw)) prompt.json = std::move(*json);
    }
    if (!prompt.json) {
      auto parsed = Template::parse(prompt.raw);
      if (!parsed) return wrong(where, parsed.error().message);
      prompt.parsed = std::move(*parsed);
    }
    out.push_back(std::move(prompt));
    return {};
  }

  Status one(const Value& given, const std::string& label) {
    if (!given.is_string()) return wrong(given, "a prompt must be a text");
    std::string_view name = file_reference(given.string());
    if (name.empty()) {
      for (const std::string_view scheme :
           {"exec:", "portkey://", "langfuse://", "helicone://", "python:"}) {
        if (given.string().starts_with(scheme))
          return wrong(given, "prompts from `" + std::string(scheme) + "` are not supported");
      }
      return add(given.string(), label, given);
    }
    auto files = files_matching(path_in(suite_.folder, name));
    if (!files) return wrong(given, files.error().message);
    for (const std::string& file : *files) TRY(from_file(file, label, given));
    return {};
  }

  Status from_file(const std::string& file, const std::string& label, const Value& given) {
    const std::string ending = ending_of(file);
    if (std::ranges::find(kCode, ending) != kCode.end())
      return wrong(given, "the prompt " + file + " runs foreign code");
    auto text = read_file(file);
    if (!text) return wrong(given, text.error().message);
    while (!text->empty() && std::string_view(" \t\r\n").find(text->back()) != std::string::npos)
      text->pop_back();
    if (ending == ".yaml" || ending == ".yml") {
      TRY_ASSIGN(const Value value, parse_yaml(*text, file));
      return add(value.json(), label.empty() ? file : label, given);
    }
    if (ending != ".txt" && ending != ".md" && ending != ".j2" && ending != ".json" &&
        ending != ".jsonl") {
      return wrong(given, "a prompt file ends in .txt, .md, .j2, .json, .jsonl, .yaml or .yml");
    }
    // Several prompts in a file: between lines of `---`, or a line each.
    const std::string between = ending == ".txt" ? "\n---\n" : ending == ".jsonl" ? "\n" : "";
    std::size_t at = 0;
    for (std::size_t end = between.empty() ? std::string::npos : text->find(between);
         end != std::string::npos; end = text->find(between, at)) {
      TRY(add(text->substr(at, end - at), label, given));
      at = end + between.size();
    }
    return add(text->substr(at), label.empty() ? file : label, given);
  }

  const Suite& suite_;
};

// Every text inside of a JSON prompt is a template.
Result<Value> render_json(const Value& value, const Lookup& lookup) {
  if (value.is_string()) {
    TRY_ASSIGN(const Template parsed, Template::parse(value.string()));
    TRY_ASSIGN(std::string text, parsed.render(lookup));
    return Value::of(std::move(text));
  }
  if (value.is_array()) {
    Value::Array out;
    for (const Value& one : value.array()) {
      TRY_ASSIGN(Value rendered, render_json(one, lookup));
      out.push_back(std::move(rendered));
    }
    return Value::of(std::move(out));
  }
  if (!value.is_object()) return value;
  Value out = Value::object();
  for (const Member& one : value.members()) {
    TRY_ASSIGN(Value rendered, render_json(one.value, lookup));
    out.set(one.key, std::move(rendered));
  }
  return out;
}

class Renderer {
 public:
  explicit Renderer(const Variables& variables) : variables_(variables) {}

  Result<Value> all() {
    for (const TestPlan::Variable& one : variables_) out_.set(one.name, one.value);
    for (const TestPlan::Variable& one : variables_) TRY(render(one));
    return std::move(out_);
  }

 private:
  // First what it reads, then itself: each text once, in whatever order they stand.
  Status render(const TestPlan::Variable& variable) {
    if (variable.data || done_.contains(variable.name)) return {};
    if (!open_.insert(variable.name).second)
      return fail(Code::invalid_request, "the variable `" + variable.name + "` is made of itself");
    if (variable.value.is_string()) {
      std::string source = variable.value.string();
      if (source.ends_with('\n')) source.pop_back();
      if (looks_like_template(source)) {
        auto parsed = Template::parse(source);
        if (!parsed)
          return fail(Code::invalid_request,
                      "the variable `" + variable.name + "`: " + parsed.error().message);
        // As the original has it: a text that reads what is no variable stays as it is written.
        const std::vector<std::string>& names = parsed->names();
        if (std::ranges::all_of(names, [&](const auto& name) { return is_variable(name); })) {
          for (const TestPlan::Variable& other : variables_) {
            if (std::ranges::find(names, other.name) != names.end()) TRY(render(other));
          }
          TRY_ASSIGN(source, parsed->render([this](std::string_view name) -> const Value& {
            return out_.get(name);
          }));
        }
      }
      out_.set(variable.name, Value::of(std::move(source)));
    }
    open_.erase(variable.name);
    done_.insert(variable.name);
    return {};
  }

  bool is_variable(const std::string& name) const {
    return std::ranges::find(variables_, name, &TestPlan::Variable::name) != variables_.end();
  }

  const Variables& variables_;
  Value out_ = Value::object();
  std::set<std::string, std::less<>> done_, open_;
};

}  // namespace

Result<std::vector<SuitePrompt>> read_prompts(const Value& prompts, const Suite& suite) {
  Reader reader(suite);
  if (prompts.empty()) {
    TRY(reader.read(Value::of("{{prompt}}")));
  } else {
    TRY(reader.read(prompts));
  }
  return std::move(reader.out);
}

Result<Value> render_variables(const Variables& variables) {
  return Renderer(variables).all();
}

Result<std::string> render_prompt(const SuitePrompt& prompt, const TestPlan& plan,
                                  const Value& vars) {
  const Lookup lookup = [&](std::string_view name) -> const Value& { return vars.get(name); };
  if (!plan.prefix.empty() || !plan.suffix.empty()) {
    TRY_ASSIGN(const Template parsed, Template::parse(plan.prefix + prompt.raw + plan.suffix));
    return parsed.render(lookup);
  }
  if (!prompt.json) return prompt.parsed->render(lookup);
  TRY_ASSIGN(const Value value, render_json(*prompt.json, lookup));
  return value.pretty_json();
}

}  // namespace maester::evals
