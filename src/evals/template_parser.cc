// Texts of templates -> trees.
#include <algorithm>
#include <array>

#include "evals/template.h"
#include "evals/template_node.h"

namespace maester::evals {
namespace {

constexpr std::size_t kMaxDepth = 40;
constexpr std::size_t kMaxSource = 4 << 20;
constexpr std::string_view kSpace = " \t\r\n";
using Nodes = std::vector<TemplateNode>;

class Parser {
 public:
  explicit Parser(std::string_view source) : source_(source) {}

  Result<Nodes> everything() {
    TRY_ASSIGN(Nodes out, block());
    if (!ended_by_.empty()) return wrong("`" + ended_by_ + "` closes nothing");
    return out;
  }

 private:
  std::unexpected<Error> wrong(std::string_view what) const {
    const auto lines = std::ranges::count(source_.substr(0, std::min(at_, source_.size())), '\n');
    return fail(Code::invalid_request,
                "the template, line " + std::to_string(lines + 1) + ": " + std::string(what));
  }

  void skip() { at_ = std::min(source_.find_first_not_of(kSpace, at_), source_.size()); }
  std::string word() {
    skip();
    const std::size_t from = at_;
    while (at_ < source_.size() &&
           (std::isalnum(static_cast<unsigned char>(source_[at_])) != 0 || source_[at_] == '_')) {
      ++at_;
    }
    return std::string(source_.substr(from, at_ - from));
  }
  bool sign(std::string_view wanted) {
    skip();
    if (!source_.substr(at_).starts_with(wanted)) return false;
    at_ += wanted.size();
    return true;
  }
  // Behind the end of a tag; `-` before it takes the white space that follows.
  bool close(std::string_view end) {
    skip();
    const bool trims = source_.substr(at_).starts_with("-" + std::string(end));
    if (trims) ++at_;
    if (!sign(end)) return false;
    if (trims) skip();
    // As Nunjucks has it, a block's line end stays.
    return true;
  }
  // `{{-` and `{%-` take the white space before them.
  void open(std::string& before) {
    at_ += 2;
    if (at_ >= source_.size() || source_[at_] != '-') return;
    ++at_;
    before.erase(before.find_last_not_of(kSpace) + 1);
  }
  Result<Expression> expression() {
    auto out = parse_expression_at(source_, at_, Dialect::nunjucks);
    if (!out) return wrong(out.error().message);
    return out;
  }

  static void keep(std::string& text, Nodes& out) {
    if (text.empty()) return;
    TemplateNode node;
    node.text = std::move(text);
    out.push_back(std::move(node));
    text.clear();
  }

  // Up to a tag that ends the block (else, endif ...), which is left in ended_by_.
  Result<Nodes> block() {
    if (++depth_ > kMaxDepth) return wrong("tags are nested too deeply");
    Nodes out;
    std::string text;
    ended_by_.clear();
    while (at_ < source_.size()) {
      const std::size_t brace = source_.find('{', at_);
      text += source_.substr(at_, brace - at_);
      at_ = std::min(brace, source_.size());
      if (at_ + 1 >= source_.size()) {
        text += source_.substr(at_);
        at_ = source_.size();
      } else if (source_[at_ + 1] == '#') {
        const std::size_t end = source_.find("#}", at_ + 2);
        if (end == std::string_view::npos) return wrong("a comment has no `#}`");
        at_ = end + 2;
      } else if (source_[at_ + 1] == '{') {
        open(text);
        keep(text, out);
        TemplateNode node;
        node.kind = TemplateNode::Kind::output;
        TRY_ASSIGN(node.expression, expression());
        if (!close("}}")) return wrong("`{{` has no `}}`, or what stands in it is no expression");
        out.push_back(std::move(node));
      } else if (source_[at_ + 1] == '%') {
        open(text);
        const std::string name = word();
        if (ends_block(name)) {
          keep(text, out);
          ended_by_ = name;
          --depth_;
          return out;
        }
        if (name == "raw") {
          TRY(raw(text));
          continue;
        }
        keep(text, out);
        TRY_ASSIGN(TemplateNode node, tag(name));
        out.push_back(std::move(node));
      } else {
        text += source_[at_++];
      }
    }
    keep(text, out);
    --depth_;
    return out;
  }

  static bool ends_block(std::string_view name) {
    constexpr auto kEnds =
        std::to_array<std::string_view>({"else", "elif", "elseif", "endif", "endfor"});
    return std::ranges::find(kEnds, name) != kEnds.end();
  }

  Status raw(std::string& text) {
    if (!close("%}")) return wrong("`{% raw` has no `%}`");
    for (std::size_t end = source_.find("{%", at_); end != std::string_view::npos;
         end = source_.find("{%", end + 2)) {
      const std::size_t from = at_;
      at_ = end + 2;
      if (at_ < source_.size() && source_[at_] == '-') ++at_;
      if (word() == "endraw" && close("%}")) {
        text += source_.substr(from, end - from);
        return {};
      }
      at_ = from;
    }
    return wrong("`{% raw %}` has no `{% endraw %}`");
  }

  Result<TemplateNode> tag(const std::string& name) {
    if (name == "if") return choice();
    if (name == "for") return loop();
    if (name == "set") return set();
    return wrong("the tag `" + name + "` is not supported");
  }

  Result<TemplateNode> choice() {
    TemplateNode out;
    out.kind = TemplateNode::Kind::choice;
    TRY_ASSIGN(out.expression, expression());
    if (!close("%}")) return wrong("`{% if` has no `%}`");
    TRY_ASSIGN(out.body, block());
    if (ended_by_ == "elif" || ended_by_ == "elseif") {
      if (++depth_ > kMaxDepth) return wrong("tags are nested too deeply");
      TRY_ASSIGN(TemplateNode next, choice());  // it takes the endif with it
      --depth_;
      out.other.push_back(std::move(next));
      return out;
    }
    TRY(else_and_end(out, "endif"));
    return out;
  }

  Status else_and_end(TemplateNode& out, std::string_view end) {
    if (ended_by_ == "else") {
      if (!close("%}")) return wrong("`{% else` has no `%}`");
      TRY_ASSIGN(out.other, block());
    }
    if (ended_by_ != end) return wrong("a tag has no `" + std::string(end) + "`");
    ended_by_.clear();
    if (!close("%}")) return wrong("`{% " + std::string(end) + "` has no `%}`");
    return {};
  }

  Result<TemplateNode> loop() {
    TemplateNode out;
    out.kind = TemplateNode::Kind::loop;
    out.item = word();
    if (sign(",")) {
      out.key = std::exchange(out.item, word());
    }
    if (out.item.empty() || word() != "in") return wrong("a loop is `{% for x in list %}`");
    TRY_ASSIGN(out.expression, expression());
    if (!close("%}")) return wrong("`{% for` has no `%}`");
    TRY_ASSIGN(out.body, block());
    TRY(else_and_end(out, "endfor"));
    return out;
  }

  Result<TemplateNode> set() {
    TemplateNode out;
    out.kind = TemplateNode::Kind::set;
    out.text = word();
    if (out.text.empty() || !sign("=")) return wrong("a setting is `{% set x = value %}`");
    TRY_ASSIGN(out.expression, expression());
    if (!close("%}")) return wrong("`{% set` has no `%}`");
    return out;
  }

  std::string_view source_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::string ended_by_;
};

void names_of(const Nodes& nodes, std::vector<std::string>& out) {
  for (const TemplateNode& node : nodes) {
    if (node.kind != TemplateNode::Kind::text) collect_names(node.expression, out);
    names_of(node.body, out);
    names_of(node.other, out);
  }
}

}  // namespace

bool looks_like_template(std::string_view text) {
  for (std::size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    if (at + 1 < text.size() &&
        (text[at + 1] == '{' || text[at + 1] == '%' || text[at + 1] == '#')) {
      return true;
    }
  }
  return false;
}

Result<Template> Template::parse(std::string_view source) {
  if (source.size() > kMaxSource) return fail(Code::too_large, "a template may have 4 MiB at most");
  Template out;
  out.plain_ = !looks_like_template(source);
  TRY_ASSIGN(Nodes nodes, Parser(source).everything());
  names_of(nodes, out.names_);
  std::ranges::sort(out.names_);
  const auto same = std::ranges::unique(out.names_);
  out.names_.erase(same.begin(), same.end());
  out.nodes_ = std::make_shared<const Nodes>(std::move(nodes));
  return out;
}

}  // namespace maester::evals
