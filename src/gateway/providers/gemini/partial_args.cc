#include <charconv>
#include <utility>

#include "gateway/providers/gemini/adapter.h"

namespace maester::gateway::gemini {

namespace {

constexpr std::size_t kMostBytes = 4u << 20, kMostElements = 4096, kDeepest = 32;

std::unexpected<Error> broken() {
  return fail(Code::upstream_error, "The provider's stream holds arguments with a broken path.");
}

}  // namespace

// "$.a.b[0].c", also "$['a b']".
Result<PartialArguments::Node*> PartialArguments::find(std::string_view path) {
  if (!path.starts_with('$')) return broken();
  path.remove_prefix(1);
  Node* node = &root_;
  for (std::size_t depth = 0; !path.empty(); ++depth) {
    if (depth >= kDeepest) return broken();
    if (path.front() == '[' && path.size() < 3) return broken();
    if (path.front() == '[' && path[1] != '\'' && path[1] != '"') {
      const std::size_t close = path.find(']');
      if (close == std::string_view::npos) return broken();
      const std::string_view digits = path.substr(1, close - 1);
      std::size_t index = 0;
      const auto [end, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), index);
      if (error != std::errc{} || end != digits.data() + digits.size() || index >= kMostElements)
        return broken();
      if (node->elements.size() <= index) node->elements.resize(index + 1);
      node = &node->elements[index];
      path.remove_prefix(close + 1);
      continue;
    }
    std::string_view name;
    if (path.front() == '.') {
      const std::size_t end = std::min(path.find_first_of(".[", 1), path.size());
      name = path.substr(1, end - 1);
      path.remove_prefix(end);
    } else if (path.front() == '[') {
      const std::size_t end = path.find(path[1], 2);
      if (end == std::string_view::npos || end + 1 >= path.size() || path[end + 1] != ']')
        return broken();
      name = path.substr(2, end - 2);
      path.remove_prefix(end + 2);
    } else {
      return broken();
    }
    if (name.empty() || node->members.size() >= kMostElements) return broken();
    Node* next = nullptr;
    for (Node& member : node->members) {
      if (member.name == name) next = &member;
    }
    if (next == nullptr) {
      next = &node->members.emplace_back();
      next->name = name;
    }
    node = next;
  }
  return node;
}

Status PartialArguments::add(json::Value piece) {
  const std::string_view path = piece.get("jsonPath").string_or("");
  bytes_ += piece.raw().size();
  if (bytes_ > kMostBytes) {
    return fail(Code::too_large, "The provider's stream holds arguments that are too long.");
  }
  TRY_ASSIGN(Node * node, find(path));
  if (const json::Value text = piece.get("stringValue"); text.is_string()) {
    node->is_text = true;
    node->leaf += text.string_or("");
  } else if (const json::Value number = piece.get("numberValue"); number.is_number()) {
    node->leaf = number.raw();
  } else if (const json::Value flag = piece.get("boolValue"); flag.is_bool()) {
    node->leaf = flag.raw();
  } else if (piece.get("nullValue").exists()) {
    node->leaf = "null";
  }
  return {};
}

void PartialArguments::write(const Node& node, std::string& out) {
  if (!node.elements.empty()) {
    out += '[';
    for (std::size_t i = 0; i < node.elements.size(); ++i) {
      if (i > 0) out += ',';
      write(node.elements[i], out);
    }
    out += ']';
  } else if (!node.members.empty()) {
    out += '{';
    for (std::size_t i = 0; i < node.members.size(); ++i) {
      if (i > 0) out += ',';
      json::append_string(out, node.members[i].name);
      out += ':';
      write(node.members[i], out);
    }
    out += '}';
  } else if (node.is_text) {
    json::append_string(out, node.leaf);
  } else {
    out += node.leaf.empty() ? "null" : node.leaf;
  }
}

std::string PartialArguments::json() const {
  if (root_.members.empty()) return "{}";
  std::string out;
  write(root_, out);
  return out;
}

}  // namespace maester::gateway::gemini
