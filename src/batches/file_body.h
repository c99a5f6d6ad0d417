// A file's bytes at rest: sealed in chunks, so that neither writing nor reading one holds more than
// a chunk of it (docs/formats/files.md). Blocking file I/O, never on a core's thread; one thread
// uses one of these at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "access/vault.h"
#include "base/result.h"
#include "store/digest.h"
#include "store/file_system.h"

namespace maester::batches {

inline constexpr std::size_t kChunk = 256u << 10;  // of plain bytes

// Which file it is: its chunks open nowhere else.
struct BodyPlace {
  std::string path;  // on disk
  std::string tenant, id;
};

// A body that is being written. Gone with the object unless it was kept. Lets go of `in_work` once
// it does not change any more.
class BodyWriter {
 public:
  static Result<std::unique_ptr<BodyWriter>> create(store::FileSystem& files, access::Vault& vault,
                                                    BodyPlace place,
                                                    std::shared_ptr<void> in_work = {});
  ~BodyWriter();
  BodyWriter(const BodyWriter&) = delete;

  Status write(std::string_view bytes);  // in any cut
  // Seals what is left; the body and its name are on disk when it returns. Nothing is written after
  // it.
  Status finish();
  void keep() { kept_ = true; }  // it has a row now

  const std::string& id() const { return place_.id; }
  std::uint64_t bytes() const { return bytes_; }
  const std::string& digest() const {
    return sha256_;
  }  // SHA-256 of the plain bytes, hexadecimal; after finish()

 private:
  BodyWriter(store::FileSystem& files, access::Vault& vault, BodyPlace place,
             std::unique_ptr<store::File> file, std::shared_ptr<void> in_work);
  Status put_chunk();
  store::FileSystem& files_;
  access::Vault& vault_;
  const BodyPlace place_;
  std::unique_ptr<store::File> file_;
  std::shared_ptr<void> in_work_;
  store::DigestStream digest_;
  std::string chunk_, sha256_;
  std::uint64_t bytes_ = 0, at_ = 0, chunks_ = 0;
  bool kept_ = false;
};

// Reads it from its beginning. A body that lacks bytes, or has others, is Code::corrupt.
class BodyReader {
 public:
  // `bytes`: what the file's row says. Code::not_found when there is no such body.
  static Result<std::unique_ptr<BodyReader>> open(store::FileSystem& files, access::Vault& vault,
                                                  BodyPlace place, std::uint64_t bytes);
  Result<std::string> next();  // "" at the end

 private:
  BodyReader(access::Vault& vault, BodyPlace place, std::uint64_t bytes,
             std::unique_ptr<store::File> file)
      : vault_(vault), place_(std::move(place)), left_(bytes), file_(std::move(file)) {}
  access::Vault& vault_;
  const BodyPlace place_;
  std::uint64_t left_;
  std::uint64_t at_ = 0, chunks_ = 0;
  std::unique_ptr<store::File> file_;
};

}  // namespace maester::batches
