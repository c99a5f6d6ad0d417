// Gumbo's tree with its memory in one piece: freed at once, for gumbo frees a tree by recursion,
// which a deep one turns into a stack overflow. When memory ends, so does the process
// (std::bad_alloc).
#pragma once

#include <gumbo.h>

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace maester::extract {

class HtmlTree {
 public:
  // REQUIRES: `html` outlives this.
  explicit HtmlTree(std::string_view html);
  const GumboNode* root() const { return root_; }

 private:
  void* allocate(std::size_t size);

  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::size_t left_ = 0;
  std::byte* next_ = nullptr;
  const GumboNode* root_ = nullptr;
};

}  // namespace maester::extract
