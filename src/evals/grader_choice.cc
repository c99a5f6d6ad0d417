#include "evals/grader_choice.h"

#include "evals/files.h"
#include "evals/model_provider.h"
#include "evals/template.h"
#include "evals/yaml.h"

namespace maester::evals {
namespace {

constexpr std::string_view kKinds[] = {"text", "embedding", "classification", "moderation"};

class Reader {
 public:
  explicit Reader(const AssertionContext& context) : context_(context) {}

  Status provider(const Value& given, std::string_view type) {
    if (given.empty()) return {};
    bool by_kind = false;
    for (const std::string_view kind : kKinds) by_kind = by_kind || given.get(kind).exists();
    if (by_kind) {
      for (const Member& one : given.members()) {
        GraderModel* const into = of_kind(one.key);
        if (into == nullptr) return wrong(given, "`" + one.key + "` is no kind of grader");
        TRY_ASSIGN(*into, model(one.value));
      }
      if (given.get("text").exists()) labels_follow(given);
      return {};
    }
    TRY_ASSIGN(const GraderModel one, model(given));
    if (type.starts_with("similar") || one.id.starts_with("openai:embedding")) {
      out_.embedding = one;
    } else if (type == "classifier") {
      out_.classification = one;
    } else if (type == "moderation") {
      out_.moderation = one;
    } else {
      out_.text = one;
      labels_follow({});
    }
    return {};
  }

  Status prompt(const Value& given) {
    if (given.empty()) return {};
    TRY_ASSIGN(out_.rubric_prompt, loaded(given));
    return check(out_.rubric_prompt, given);
  }

  GraderChoice& out() { return out_; }

 private:
  std::unexpected<Error> wrong(const Value& where, std::string_view what) const {
    return fault(context_.file, where.place, what);
  }
  GraderModel* of_kind(std::string_view kind) {
    if (kind == "text") return &out_.text;
    if (kind == "embedding") return &out_.embedding;
    if (kind == "classification") return &out_.classification;
    return kind == "moderation" ? &out_.moderation : nullptr;
  }
  // Chat models classify and moderate, too, unless others are named.
  void labels_follow(const Value& given) {
    if (!given.get("classification").exists()) out_.classification = out_.text;
    if (!given.get("moderation").exists()) out_.moderation = out_.text;
  }

  Result<GraderModel> model(const Value& given) const {
    GraderModel out;
    out.id = given.is_object() ? given.get("id").string() : given.string();
    out.config = given.get("config");
    const bool known = !model_of(out.id).empty() || out.id.find(':') == std::string::npos;
    if (out.id.empty()) return wrong(given, "a grader's `provider` is an id or a mapping with one");
    if (!known)
      return wrong(given, "the grader `" + out.id +
                              "` is not supported: graders are models and routes of Maester, "
                              "`maester:MODEL` (`openai:MODEL` too)");
    return out;
  }

  Result<Value> loaded(const Value& given) const {
    if (given.is_array()) {
      Value out = Value::of(Value::Array{});
      for (const Value& one : given.array()) {
        TRY_ASSIGN(Value read, loaded(one));
        out.push(std::move(read));
      }
      return out;
    }
    const std::string_view name = file_reference(given.string());
    if (name.empty()) return given;
    auto read = read_value_file(path_in(context_.folder, name));
    if (!read) return wrong(given, read.error().message);
    return read;
  }

  Status check(const Value& prompt, const Value& where) const {
    if (prompt.is_string()) {
      if (const auto parsed = Template::parse(prompt.string()); !parsed)
        return wrong(where, "`rubricPrompt`: " + parsed.error().message);
    }
    for (const Value& one : prompt.array()) TRY(check(one, where));
    for (const Member& one : prompt.members()) TRY(check(one.value, where));
    return {};
  }

  const AssertionContext& context_;
  GraderChoice out_;
};

}  // namespace

Result<std::shared_ptr<const GraderChoice>> read_grader_choice(const Value& assertion,
                                                               std::string_view type,
                                                               const AssertionContext& context) {
  static const Value kNone;
  const Value& options = context.options != nullptr ? *context.options : kNone;
  Reader reader(context);
  TRY(reader.provider(options.get("provider"), ""));
  TRY(reader.provider(assertion.get("provider"), type));
  const Value& own = assertion.get("rubricPrompt");
  TRY(reader.prompt(own.empty() ? options.get("rubricPrompt") : own));
  reader.out().factuality = options.get("factuality");
  return std::make_shared<const GraderChoice>(std::move(reader.out()));
}

}  // namespace maester::evals
