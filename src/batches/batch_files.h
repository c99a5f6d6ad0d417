// The output and the error file of a batch that ends: one line for each line of its input, in its
// order, in the one or in the other.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "batches/batch_store.h"
#include "batches/file_store.h"

namespace maester::batches {

class BatchFiles {
 public:
  BatchFiles(FileStore& files, const Batch& batch) : files_(files), batch_(batch) {}

  // `told` is called now and then with the number of lines that are written. Bounded memory.
  Status write(BatchStore& batches, std::size_t max_line,
               const std::function<Status(std::int64_t)>& told);
  // How many lines have neither answer nor failure: the window ended, or the batch was cancelled.
  std::int64_t unanswered() const { return unanswered_; }
  // Their rows, in the caller's transaction; then keep(), once it is committed.
  Result<std::pair<std::string, std::string>> add(store::Database& work);
  void keep();

 private:
  Status put(std::unique_ptr<BodyWriter>& file, std::string_view line);
  FileStore& files_;
  const Batch& batch_;
  std::unique_ptr<BodyWriter> output_, errors_;  // made with their first line
  std::int64_t unanswered_ = 0;
};

}  // namespace maester::batches
