// A directory that is being filled beside the one that it becomes.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace maester::app {

// Gone with the object unless it became its target; what a crash leaves is called
// TARGET.restoring-....
class Staging {
 public:
  // REQUIRES: nothing is at `target`, or an empty directory.
  static Result<std::unique_ptr<Staging>> open(const std::string& target);
  Staging(const Staging&) = delete;
  ~Staging();

  const std::string& path() const { return path_; }
  Status become();  // durable when it returns

 private:
  Staging(std::string target, std::string path)
      : target_(std::move(target)), path_(std::move(path)) {}
  const std::string target_, path_;
  bool done_ = false;
};

}  // namespace maester::app
