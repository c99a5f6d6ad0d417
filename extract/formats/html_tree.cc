#include "extract/formats/html_tree.h"

namespace maester::extract {
namespace {

constexpr std::size_t kBlock = 1 << 20;

}  // namespace

HtmlTree::HtmlTree(std::string_view html) {
  GumboOptions options = kGumboDefaultOptions;
  options.userdata = this;
  options.allocator = [](void* self, std::size_t size) {
    return static_cast<HtmlTree*>(self)->allocate(size);
  };
  options.deallocator = [](void*, void*) {};
  options.max_errors = 0;
  root_ = gumbo_parse_with_options(&options, html.data(), html.size())->document;
}

void* HtmlTree::allocate(std::size_t size) {
  constexpr std::size_t kAlign = alignof(std::max_align_t);
  size = (size + kAlign - 1) / kAlign * kAlign;
  if (size > kBlock / 8) {
    blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(size));
    return blocks_.back().get();
  }
  if (size > left_) {
    blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(kBlock));
    next_ = blocks_.back().get();
    left_ = kBlock;
  }
  std::byte* at = next_;
  next_ += size;
  left_ -= size;
  return at;
}

}  // namespace maester::extract
