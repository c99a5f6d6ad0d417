#include "batches/file_body.h"

#include <algorithm>
#include <filesystem>

#include "base/hex.h"
#include "batches/body_check.h"

namespace maester::batches {
namespace {

constexpr std::size_t kOverhead = 45;  // of sealing (docs/formats/sealed.md)

std::string row_of(const BodyPlace& place, std::uint64_t chunk) {
  return place.id + "/" + std::to_string(chunk);
}

access::SealedPlace sealed_place(const BodyPlace& place, const std::string& row) {
  return {place.tenant, "files", "body", row, ""};
}

}  // namespace

std::uint64_t sealed_size(std::uint64_t bytes) {
  return bytes + (bytes + kChunk - 1) / kChunk * kOverhead;
}

BodyWriter::BodyWriter(store::FileSystem& files, access::Vault& vault, BodyPlace place,
                       std::unique_ptr<store::File> file, std::shared_ptr<void> in_work)
    : files_(files),
      vault_(vault),
      place_(std::move(place)),
      file_(std::move(file)),
      in_work_(std::move(in_work)) {}

BodyWriter::~BodyWriter() {
  if (!kept_) (void)files_.remove(place_.path);
}

Result<std::unique_ptr<BodyWriter>> BodyWriter::create(store::FileSystem& files,
                                                       access::Vault& vault, BodyPlace place,
                                                       std::shared_ptr<void> in_work) {
  TRY_ASSIGN(auto file, files.open(place.path, store::FileSystem::Open::create_new));
  return std::unique_ptr<BodyWriter>(
      new BodyWriter(files, vault, std::move(place), std::move(file), std::move(in_work)));
}

Status BodyWriter::write(std::string_view bytes) {
  digest_.add(bytes);
  bytes_ += bytes.size();
  while (!bytes.empty()) {
    const std::size_t some = std::min(bytes.size(), kChunk - chunk_.size());
    chunk_ += bytes.substr(0, some);
    bytes.remove_prefix(some);
    if (chunk_.size() == kChunk) TRY(put_chunk());
  }
  return {};
}

Status BodyWriter::put_chunk() {
  const std::string row = row_of(place_, chunks_);
  TRY_ASSIGN(const std::string sealed, vault_.seal(sealed_place(place_, row), chunk_));
  TRY(file_->write_at(at_, sealed));
  at_ += sealed.size();
  ++chunks_;
  chunk_.clear();
  return {};
}

Status BodyWriter::finish() {
  if (!chunk_.empty()) TRY(put_chunk());
  sha256_ = hex_encode(digest_.finish());
  TRY(file_->sync());
  TRY(files_.sync_directory(std::filesystem::path(place_.path).parent_path().string()));
  in_work_.reset();
  return {};
}

Result<std::unique_ptr<BodyReader>> BodyReader::open(store::FileSystem& files, access::Vault& vault,
                                                     BodyPlace place, std::uint64_t bytes) {
  if (!files.exists(place.path)) return fail(Code::not_found, "The file's content is gone.");
  TRY_ASSIGN(auto file, files.open(place.path, store::FileSystem::Open::existing));
  return std::unique_ptr<BodyReader>(
      new BodyReader(vault, std::move(place), bytes, std::move(file)));
}

Result<std::string> BodyReader::next() {
  if (left_ == 0) return std::string();
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(left_, kChunk));
  TRY_ASSIGN(const std::string sealed, file_->read_at(at_, wanted + kOverhead));
  const std::string row = row_of(place_, chunks_);
  TRY_ASSIGN(std::string plain, vault_.open_sealed(sealed_place(place_, row), sealed));
  if (plain.size() != wanted)
    return fail(Code::corrupt, "The file's content is not as long as it was.", {}, place_.path);
  at_ += sealed.size();
  left_ -= wanted;
  ++chunks_;
  return plain;
}

}  // namespace maester::batches
