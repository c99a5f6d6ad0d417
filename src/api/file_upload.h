// One upload on its way: the parts of the form as they come, the file's bytes straight to disk.
// Used on worker threads, one at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "batches/file_store.h"
#include "codec/multipart.h"

namespace maester::api {

class FileUpload final : private multipart::Sink {
 public:
  // `expected`: about so many bytes, 0 = not known.
  FileUpload(batches::FileStore& store, std::string tenant, std::string_view boundary,
             std::uint64_t expected, std::uint64_t limit)
      : store_(store),
        tenant_(std::move(tenant)),
        expected_(expected),
        limit_(limit),
        reader_(boundary, 16) {}

  Status take(std::string_view bytes) { return reader_.feed(bytes, *this); }
  // After the last bytes: from here on it is a file.
  Result<batches::StoredFile> finish();

 private:
  Status begin(const multipart::Part& head) override;
  Status content(std::string_view bytes) override;
  Status end() override;
  Result<batches::NewFile> described() const;

  batches::FileStore& store_;
  const std::string tenant_;
  const std::uint64_t expected_, limit_;
  multipart::Reader reader_;
  std::unique_ptr<batches::BodyWriter> body_;
  std::string file_name_, field_, value_;  // the field that is being read; "" = the file
  std::string purpose_, anchor_, seconds_;
};

// `expires_after` as OpenAI has it: seconds from 3,600 to 2,592,000 after "created_at".
Result<std::chrono::seconds> read_expiry(std::string_view anchor, std::string_view seconds,
                                         std::string_view param);

}  // namespace maester::api
