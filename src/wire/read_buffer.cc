#include "wire/read_buffer.h"

#include <cstring>
#include <vector>

namespace maester::wire {
namespace {

constexpr std::size_t kKeep = 256;  // blocks a thread

std::vector<std::unique_ptr<char[]>>& spare_blocks() {
  thread_local std::vector<std::unique_ptr<char[]>> blocks;
  return blocks;
}

}  // namespace

ReadBuffer::~ReadBuffer() {
  clear();
  release_if_empty();
}

std::span<char> ReadBuffer::space() {
  if (block_ == nullptr) {
    std::vector<std::unique_ptr<char[]>>& spare = spare_blocks();
    if (spare.empty()) {
      block_ = std::make_unique_for_overwrite<char[]>(kBlock);
    } else {
      block_ = std::move(spare.back());
      spare.pop_back();
    }
    capacity_ = kBlock;
    begin_ = end_ = 0;
  }
  if (begin_ > 0 && end_ == capacity_) {
    std::memmove(block_.get(), block_.get() + begin_, size());
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == capacity_) {
    auto bigger = std::make_unique_for_overwrite<char[]>(capacity_ * 2);
    std::memcpy(bigger.get(), block_.get(), end_);
    block_ = std::move(bigger);
    capacity_ *= 2;
  }
  return {block_.get() + end_, capacity_ - end_};
}

void ReadBuffer::consume(std::size_t n) {
  begin_ += n;
  if (begin_ == end_) clear();
}

void ReadBuffer::release_if_empty() {
  if (!empty() || block_ == nullptr) return;
  std::vector<std::unique_ptr<char[]>>& spare = spare_blocks();
  if (capacity_ == kBlock && spare.size() < kKeep) spare.push_back(std::move(block_));
  block_.reset();
  capacity_ = 0;
}

}  // namespace maester::wire
