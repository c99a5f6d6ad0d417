// Rendering.
#include "evals/template.h"

#include "evals/template_node.h"

namespace maester::evals {
namespace {

constexpr std::size_t kMaxOutput = 16 << 20;
using Nodes = std::vector<TemplateNode>;

class Renderer {
 public:
  explicit Renderer(const Lookup& outside) : outside_(outside) {}

  Result<std::string> run(const Nodes& nodes) {
    TRY(all(nodes));
    return std::move(out_);
  }

 private:
  Result<Value> value_of(const Expression& expression) {
    return evaluate(
        expression, [this](std::string_view name) -> const Value& { return find(name); }, budget_);
  }
  // What the template itself set comes first, the innermost before the others.
  const Value& find(std::string_view name) const {
    for (auto one = own_.rbegin(); one != own_.rend(); ++one) {
      if (one->key == name) return one->value;
    }
    return outside_(name);
  }

  Status all(const Nodes& nodes) {
    for (const TemplateNode& node : nodes) TRY(one(node));
    return {};
  }

  Status one(const TemplateNode& node) {
    switch (node.kind) {
      case TemplateNode::Kind::text:
        return put(node.text);
      case TemplateNode::Kind::output: {
        TRY_ASSIGN(const Value value, value_of(node.expression));
        return put(value.shown());
      }
      case TemplateNode::Kind::choice: {
        TRY_ASSIGN(const Value value, value_of(node.expression));
        return all(value.truthy() ? node.body : node.other);
      }
      case TemplateNode::Kind::set: {
        TRY_ASSIGN(Value value, value_of(node.expression));
        own_.push_back({node.text, std::move(value)});
        return {};
      }
      case TemplateNode::Kind::loop:
        return loop(node);
    }
    return {};
  }

  Status loop(const TemplateNode& node) {
    TRY_ASSIGN(const Value over, value_of(node.expression));
    if (!over.empty() && !over.is_array() && !over.is_object())
      return fail(Code::invalid_request,
                  "a loop goes through a list or a mapping, not " + std::string(kind_name(over)));
    const std::size_t size = over.array().size() + over.members().size();
    if (size == 0) return all(node.other);
    const std::size_t before = own_.size();
    for (std::size_t i = 0; i < size; ++i) {
      own_.resize(before);
      if (over.is_array()) {
        const Value& item = over.array()[i];
        if (node.key.empty()) {
          own_.push_back({node.item, item});
        } else {  // for a, b in [[1, 2]]
          const Value::Array& pair = item.array();
          own_.push_back({node.key, pair.empty() ? Value() : pair[0]});
          own_.push_back({node.item, pair.size() < 2 ? Value() : pair[1]});
        }
      } else {
        const Member& member = over.members()[i];
        if (!node.key.empty()) own_.push_back({node.key, Value::of(member.key)});
        own_.push_back({node.item, node.key.empty() ? Value::of(member.key) : member.value});
      }
      own_.push_back({"loop", loop_state(i, size)});
      TRY(all(node.body));
    }
    own_.resize(before);
    return {};
  }

  static Value loop_state(std::size_t i, std::size_t size) {
    const auto n = [](std::size_t x) { return Value::of(static_cast<double>(x)); };
    Value out = Value::object();
    out.set("index", n(i + 1));
    out.set("index0", n(i));
    out.set("revindex", n(size - i));
    out.set("first", Value::of(i == 0));
    out.set("last", Value::of(i + 1 == size));
    out.set("length", n(size));
    return out;
  }

  Status put(std::string_view text) {
    if (out_.size() + text.size() > kMaxOutput)
      return fail(Code::too_large, "a template may make 16 MiB at most");
    if (budget_.steps == 0) return fail(Code::too_large, "the template takes too many steps");
    --budget_.steps;
    out_ += text;
    return {};
  }

  const Lookup& outside_;
  Value::Object own_;
  Budget budget_;
  std::string out_;
};

}  // namespace

Result<std::string> Template::render(const Lookup& lookup) const {
  return Renderer(lookup).run(*nodes_);
}

}  // namespace maester::evals
