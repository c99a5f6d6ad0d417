#include "retrieval/index/directory.h"

#include <algorithm>

#include "retrieval/segment/segment.h"

namespace maester::retrieval {
namespace {

constexpr std::string_view kManifest = "/manifest", kNext = "/manifest.new";

Result<std::string> whole_file(store::FileSystem& files, const std::string& path) {
  TRY_ASSIGN(const auto file, files.open(path, store::FileSystem::Open::existing));
  TRY_ASSIGN(const std::uint64_t size, file->size());
  return file->read_at(0, static_cast<std::size_t>(size));
}

}  // namespace

std::string Directory::segment_path(std::uint64_t number) const {
  return path_ + "/" + Segment::file_name(number);
}

Result<std::optional<Manifest>> Directory::read() const {
  const std::string path = path_ + std::string(kManifest);
  if (files_.exists(path)) {
    TRY_ASSIGN(const std::string bytes, whole_file(files_, path));
    auto manifest = decode_manifest(bytes);
    if (!manifest) {
      Error error = std::move(manifest).error();
      error.detail = path + ": " + error.detail;
      return fail(std::move(error));
    }
    return std::optional<Manifest>(std::move(*manifest));
  }
  // The manifest is there before the first segment is.
  TRY_ASSIGN(const auto names, files_.list(path_));
  for (const std::string& name : names) {
    if (Segment::number_of(name)) {
      return fail(Code::corrupt,
                  "The index's manifest is missing. Restore it or build the index anew.", {}, path);
    }
  }
  return std::optional<Manifest>();
}

Status Directory::clean(const Manifest& manifest) const {
  TRY_ASSIGN(const auto names, files_.list(path_));
  for (const std::string& name : names) {
    const auto number = Segment::number_of(name);
    const bool named = number && std::any_of(manifest.segments.begin(), manifest.segments.end(),
                                             [&](const Manifest::Entry& entry) {
                                               return entry.number == *number;
                                             });
    if ((number && !named) || "/" + name == kNext) TRY(files_.remove(path_ + "/" + name));
  }
  return {};
}

Status Directory::commit(const Manifest& manifest) {
  const std::string next = path_ + std::string(kNext);
  {
    TRY_ASSIGN(const auto file, files_.open(next, store::FileSystem::Open::create_or_open));
    const std::string bytes = encode_manifest(manifest);
    TRY(file->truncate(0));
    TRY(file->write_at(0, bytes));
    TRY(file->sync());
  }
  TRY(files_.sync_directory(path_));  // the new segment's name too
  broken_ = true;
  TRY(files_.rename(next, path_ + std::string(kManifest)));
  TRY(files_.sync_directory(path_));
  broken_ = false;
  return {};
}

}  // namespace maester::retrieval
