// Bytes received and not yet used: one contiguous block, grown only when a head needs more. An idle
// connection holds no block: blocks of the usual size come from a list per thread and go back when
// the buffer is empty.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace maester::wire {

class ReadBuffer {
 public:
  static constexpr std::size_t kBlock = 16 * 1024;

  ReadBuffer() = default;
  ~ReadBuffer();
  ReadBuffer(const ReadBuffer&) = delete;
  ReadBuffer& operator=(const ReadBuffer&) = delete;

  bool empty() const { return begin_ == end_; }
  std::size_t size() const { return end_ - begin_; }
  std::string_view view() const { return {block_.get() + begin_, size()}; }
  std::span<char> bytes() { return {block_.get() + begin_, size()}; }
  // Room to receive into, at least one byte; moves or grows what is there.
  std::span<char> space();
  void commit(std::size_t n) { end_ += n; }
  void consume(std::size_t n);
  void clear() { begin_ = end_ = 0; }
  void release_if_empty();

 private:
  std::unique_ptr<char[]> block_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace maester::wire
