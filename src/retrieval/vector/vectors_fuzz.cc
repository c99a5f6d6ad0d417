// A vector section comes from a disk: any bytes must be opened or refused, and walked, without a
// fault; what is found must be there and allowed.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include "retrieval/vector/nearest.h"

namespace {

using namespace maester::retrieval;

struct Free {
  void operator()(char* at) const { ::operator delete(at, std::align_val_t{64}); }
};

void check(bool holds) {
  if (!holds) std::abort();
}

void ask(const VectorView& view, const Bitmap* allowed) {
  const std::vector<float> query(view.dimensions(), 0.25F);
  for (const std::size_t k : {1U, 7U}) {
    const auto found = view.nearest(query, k, allowed);
    check(found.size() <= k);
    for (const Near& one : found) {
      check(one.ordinal < view.count() && (allowed == nullptr || allowed->test(one.ordinal)));
    }
    check(view.nearest_exact(query, k, allowed).size() <= k);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::unique_ptr<char, Free> bytes(
      static_cast<char*>(::operator new(size + 1, std::align_val_t{64})));
  if (size > 0) std::memcpy(bytes.get(), data, size);
  const auto view = VectorView::open({bytes.get(), size});
  if (!view || view->count() > 100'000) return 0;
  ask(*view, nullptr);
  Bitmap odd(view->count());
  for (std::size_t i = 1; i < view->count(); i += 2) odd.set(i);
  ask(*view, &odd);
  return 0;
}
