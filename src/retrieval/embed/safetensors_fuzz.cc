// A table comes from elsewhere: any bytes must be read or refused, and each element be there.
#include <cstdint>
#include <string_view>
#include <vector>

#include "retrieval/embed/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace maester::retrieval;
  const auto tensors = read_safetensors({reinterpret_cast<const char*>(data), size});
  if (!tensors) return 0;
  volatile double sum = 0;
  for (const auto& [name, tensor] : *tensors) {
    for (std::uint64_t i = 0; i < tensor.size(); ++i) sum = sum + tensor.at(i);
    if (tensor.shape.size() != 2 || tensor.size() == 0) continue;
    std::vector<float> row(tensor.shape[1]);
    tensor.row(tensor.shape[0] - 1, row);
  }
  return 0;
}
