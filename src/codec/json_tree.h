// Inside of json::Document: the flat array of nodes that the parser fills and Values read. Private
// to codec/json*.cc.
//
// Nodes stand in source order. An object's members are pairs: the key (a string node), then the
// value with all of its descendants. So the key of a member is the node before it, and the sibling
// after a node is found without pointers.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "codec/json.h"

namespace maester::json::detail {

struct Node {
  std::uint32_t begin;  // source range, quotes and brackets included
  std::uint32_t end;
  std::uint32_t a;  // string: start of its text; container: the node after its last descendant
  std::uint32_t b;  // string: length of its text; container: members or elements
  Kind kind;
  bool
      flag;  // string: text lies in the arena (it had escapes); number: no fraction and no exponent
};

struct Tree {
  static constexpr std::uint32_t kNone = 0xffffffff;
  static constexpr std::size_t kPadding =
      64;  // readable zero bytes after the text and after the arena

  std::unique_ptr<char[]> text;
  std::size_t text_size = 0;
  std::size_t text_capacity = 0;
  std::unique_ptr<char[]>
      arena;  // unescaped strings; never longer than the text, so it never moves while parsing
  std::size_t arena_size = 0;
  std::size_t arena_capacity = 0;
  std::unique_ptr<Node[]> nodes;
  std::uint32_t node_count = 0;
  std::uint32_t node_capacity = 0;

  // Copies the text behind which the scanner may read kPadding zero bytes, and forgets what was
  // parsed.
  void assign(std::string_view source) {
    if (text_capacity < source.size() + kPadding) {
      text_capacity = source.size() + source.size() / 4 + kPadding;
      text = std::make_unique_for_overwrite<char[]>(text_capacity);
    }
    if (!source.empty()) std::memcpy(text.get(), source.data(), source.size());
    std::memset(text.get() + source.size(), 0, kPadding);
    text_size = source.size();
    arena_size = 0;
    node_count = 0;
  }

  void ensure_arena() {
    if (arena_capacity >= text_size + kPadding) return;
    arena_capacity = text_capacity;
    arena = std::make_unique_for_overwrite<char[]>(arena_capacity);
  }

  std::uint32_t push(Kind kind, std::uint32_t begin) {
    if (node_count == node_capacity) grow();
    nodes[node_count] = Node{begin, begin, 0, 0, kind, false};
    return node_count++;
  }

  void grow() {
    const std::uint32_t wanted = node_capacity == 0 ? 64 : node_capacity * 2;
    auto larger = std::make_unique_for_overwrite<Node[]>(wanted);
    if (node_count != 0) std::memcpy(larger.get(), nodes.get(), node_count * sizeof(Node));
    nodes = std::move(larger);
    node_capacity = wanted;
  }

  const Node& node(std::uint32_t i) const { return nodes[i]; }
  std::string_view source() const { return {text.get(), text_size}; }
  std::string_view string(std::uint32_t i) const {
    const Node& n = nodes[i];
    return {(n.flag ? arena.get() : text.get()) + n.a, n.b};
  }
  // The node after `i` and all of its descendants.
  std::uint32_t after(std::uint32_t i) const {
    const Kind kind = nodes[i].kind;
    return kind == Kind::object || kind == Kind::array ? nodes[i].a : i + 1;
  }
};

}  // namespace maester::json::detail
