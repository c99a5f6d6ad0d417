// The RFC 8259 scanner behind json::Document: one pass, no recursion, limits checked before a node
// is kept. Private to codec.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "codec/json_tree.h"

namespace maester::json::detail {

class Parser {
 public:
  Parser(Tree& tree, const Limits& limits);
  // Fills the tree from tree.text. On failure the tree's nodes mean nothing.
  Status run();

 private:
  bool value();
  bool step();
  bool open(Kind kind);
  bool close();
  bool member_key();
  bool string(std::uint32_t node);
  bool unescape(std::uint32_t node, const char* from, bool ascii);
  bool escape(char*& out);
  bool hex4(const char* from, std::uint32_t& unit);
  bool number(std::uint32_t node);
  bool literal(std::string_view word, Kind kind);
  bool check_utf8(const char* from, const char* to);
  char skip_space();
  bool fail_at(const char* where, const char* message, Code code = Code::invalid_request);
  Error error() const;

  std::uint32_t offset(const char* p) const { return static_cast<std::uint32_t>(p - base_); }

  Tree& tree_;
  const Limits& limits_;
  const char* base_;
  const char* p_;
  const char* end_;
  std::uint32_t open_ =
      Tree::kNone;  // the innermost container; its `a` is the one around it until it is closed
  std::uint32_t depth_ = 0;
  std::uint32_t keys_ = 0;
  Code code_ = Code::invalid_request;
  const char* message_ = nullptr;
  const char* where_ = nullptr;
};

}  // namespace maester::json::detail
