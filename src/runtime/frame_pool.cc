// Coroutine frames: free lists per thread and size class, so that a request's frames cost no
// malloc.
#include <array>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>

#include "runtime/task.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MAESTER_PLAIN_FRAMES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MAESTER_PLAIN_FRAMES 1
#endif
#endif

namespace maester::runtime {

#ifdef MAESTER_PLAIN_FRAMES  // recycling would hide a use after free

void* allocate_frame(std::size_t size) {
  return ::operator new(size);
}
void free_frame(void* frame, std::size_t size) noexcept {
  ::operator delete(frame, size);
}

#else

namespace {

constexpr std::size_t kStep = 64;
constexpr std::size_t kClasses = 64;          // frames up to 4 KiB
constexpr std::uint32_t kKeepPerClass = 512;  // beyond, back to malloc

struct FreeFrame {
  FreeFrame* next;
};

struct FrameLists {
  std::array<FreeFrame*, kClasses> first{};
  std::array<std::uint32_t, kClasses> count{};
  bool closed = false;

  void release() {
    closed = true;
    for (FreeFrame*& list : first) {
      while (list != nullptr) ::operator delete(std::exchange(list, list->next));
    }
  }
};

// Without a destructor, so that an access is a plain thread-local load; the keeper frees the lists
// at the thread's end.
constinit thread_local FrameLists lists;

struct Keeper {
  bool used = false;
  ~Keeper() { lists.release(); }
};
thread_local Keeper keeper;

}  // namespace

void* allocate_frame(std::size_t size) {
  const std::size_t index = (size - 1) / kStep;
  if (index >= kClasses) return ::operator new(size);
  FreeFrame*& first = lists.first[index];
  if (first == nullptr) return ::operator new((index + 1) * kStep);
  --lists.count[index];
  FreeFrame* const frame = std::exchange(first, first->next);
  __builtin_prefetch(first, 1);  // a turn takes many before it gives any back
  return frame;
}

void free_frame(void* frame, std::size_t size) noexcept {
  const std::size_t index = (size - 1) / kStep;
  if (index >= kClasses || lists.closed || lists.count[index] >= kKeepPerClass) {
    ::operator delete(frame);
    return;
  }
  if (lists.count[index] == 0) keeper.used = true;  // registers the keeper with this thread
  ++lists.count[index];
  lists.first[index] = ::new (frame) FreeFrame{lists.first[index]};
}

#endif

}  // namespace maester::runtime
