#include "ingest/chunk_place.h"

#include "base/utf8.h"

namespace maester::ingest {
namespace {

constexpr std::size_t kMaxHeading = 200;
constexpr std::size_t kMaxPath = 1024;

void append(std::string& path, std::string_view name) {
  if (name.empty() || path.size() > kMaxPath) return;
  if (!path.empty()) path += " > ";
  path += utf8::truncate(name, kMaxHeading);
}

}  // namespace

std::uint32_t ChunkPlace::page(std::uint64_t offset) {
  const auto& pages = document_.pages;
  while (next_page_ < pages.size() && pages[next_page_].range.start <= offset) ++next_page_;
  return next_page_ == 0 ? 0 : pages[next_page_ - 1].number;
}

std::string ChunkPlace::context(std::uint64_t offset) {
  const auto& headings = document_.headings;
  while (next_heading_ < headings.size() && headings[next_heading_].range.start < offset) {
    const Heading& heading = headings[next_heading_++];
    while (!path_.empty() && path_.back()->level >= heading.level) path_.pop_back();
    path_.push_back(&heading);
  }
  std::string out;
  append(out, document_.title);
  for (const Heading* heading : path_) {
    const auto [start, end] = heading->range;
    const std::string_view name = std::string_view(document_.text).substr(start, end - start);
    if (name != document_.title) append(out, name);
  }
  return out;
}

}  // namespace maester::ingest
