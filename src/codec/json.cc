#include "codec/json.h"

#include "codec/json_parser.h"
#include "codec/json_tree.h"

namespace maester::json {

// 4 GiB is where the nodes' 32-bit offsets end; bodies are bounded far below by their readers.
static constexpr std::size_t kMaxText = 0xffffff00;

Document::Document() : tree_(std::make_unique<detail::Tree>()) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Result<Document> Document::parse(std::string_view text, const Limits& limits) {
  Document document;
  TRY(document.reparse(text, limits));
  return document;
}

Status Document::reparse(std::string_view text, const Limits& limits) {
  if (!tree_) tree_ = std::make_unique<detail::Tree>();  // it was moved from
  if (text.size() > kMaxText) return fail(Code::too_large, "The JSON text is too long.");
  tree_->assign(text);
  Status status = detail::Parser(*tree_, limits).run();
  if (!status) tree_->node_count = 0;
  return status;
}

Value Document::root() const {
  if (!tree_ || tree_->node_count == 0) return {};
  return Value(tree_.get(), 0, detail::Tree::kNone);
}

std::string_view Document::text() const {
  return tree_ ? tree_->source() : std::string_view();
}

}  // namespace maester::json
