// The requests that the driver sends, made before the run: a head and a body for each model,
// streaming and not.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loadgen/options.h"

namespace maester::rig {

struct Choice {  // what a request is to be
  std::size_t model = 0;
  bool stream = false;
};

class Requests {
 public:
  explicit Requests(const Options& options);
  // Appends the whole request number `n`.
  void append(std::string& out, Choice choice, std::uint64_t n) const;
  // The x-request-id that request `n` carries; "" when there are no acks to keep.
  std::string client_id(std::uint64_t n) const;

 private:
  struct Made {
    std::string head;  // up to the request's own id
    std::string body;
    std::vector<std::size_t> numbers;  // where {{n}} stood: twelve digits
  };
  Made make(const std::string& model, bool stream) const;

  const Options& options_;
  std::vector<Made> made_;  // model * 2 + stream
};

}  // namespace maester::rig
