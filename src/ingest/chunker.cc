#include "ingest/chunker.h"

#include <algorithm>

#include "ingest/chunk_place.h"
#include "ingest/chunk_units.h"

namespace maester::ingest {
namespace {

using Unit = ChunkSettings::Unit;
constexpr std::size_t kMaxSize = 20'000;

// Fills chunks with units and closes them: when they are full, and where a section begins.
class Packer {
 public:
  Packer(const Extraction& document, const ChunkSettings& settings)
      : document_(document), settings_(settings), place_(document) {}

  Result<std::vector<Chunk>> run() {
    const auto units = read_units(document_, settings_.unit, settings_.size);
    TextUnit unit;
    while (units->next(unit)) {
      const bool section = enters_section(unit.range.start);
      if (breaks_before(unit, section))
        TRY(close(!section && !unit.row && !last_row_));
      else if (fresh_ == 0 && section)
        clear();
      make_room(unit.weight);
      held_.push_back(unit);
      weight_ += unit.weight;
      fresh_ += unit.weight;
      last_row_ = unit.row;
      has_body_ |= unit.range.start >= heading_end_;
    }
    if (fresh_ > 0) TRY(close(false));
    return std::move(chunks_);
  }

 private:
  // Whether a heading begins at or before `start` that no earlier unit was in.
  bool enters_section(std::uint64_t start) {
    bool entered = false;
    const auto& headings = document_.headings;
    while (next_heading_ < headings.size() && headings[next_heading_].range.start <= start) {
      heading_end_ = headings[next_heading_++].range.end;
      entered = true;
    }
    return entered;
  }

  // A heading stays with what follows it, and a short section with the next one, except where
  // sections are what is wanted.
  bool breaks_before(const TextUnit& unit, bool section) const {
    if (fresh_ == 0) return false;
    if (weight_ + unit.weight > settings_.size) return true;
    if (settings_.unit == Unit::tables && unit.row != last_row_) return true;
    if (!section || !has_body_) return false;
    return settings_.unit == Unit::headings || fresh_ * 4 >= settings_.size;
  }

  Status close(bool overlap) {
    if (chunks_.size() >= kMaxChunks)
      return fail(
          Code::too_large,
          "The document makes more than 50,000 chunks: choose larger chunks or less overlap.");
    Chunk chunk;
    chunk.range = {held_.front().range.start, held_.back().range.end};
    chunk.page = place_.page(chunk.range.start);
    chunk.context = place_.context(chunk.range.start);
    chunks_.push_back(std::move(chunk));
    fresh_ = 0;
    has_body_ = false;
    if (!overlap) {
      clear();
      return {};
    }
    drop_until([&] { return weight_ <= settings_.overlap; });
    return {};
  }

  // What is kept of the chunk before gives way to what is new.
  void make_room(std::size_t weight) {
    if (fresh_ == 0)
      drop_until([&] { return held_.empty() || weight_ + weight <= settings_.size; });
  }

  template <class Enough>
  void drop_until(Enough enough) {
    std::size_t n = 0;
    while (n < held_.size() && !enough()) weight_ -= held_[n++].weight;
    held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(n));
  }

  void clear() {
    held_.clear();
    weight_ = 0;
  }

  const Extraction& document_;
  const ChunkSettings& settings_;
  ChunkPlace place_;
  std::vector<Chunk> chunks_;
  std::vector<TextUnit> held_;
  std::size_t weight_ = 0;  // of held_
  std::size_t fresh_ = 0;   // of those that no chunk holds yet
  std::size_t next_heading_ = 0;
  std::uint64_t heading_end_ = 0;
  bool has_body_ = false;
  bool last_row_ = false;
};

}  // namespace

Status ChunkSettings::check() const {
  if (size < 1 || size > kMaxSize)
    return fail(Code::invalid_request, "A chunk's size must be from 1 to 20,000.", "size");
  if (overlap >= size)
    return fail(Code::invalid_request, "The overlap must be less than the chunk's size.",
                "overlap");
  return {};
}

Result<std::vector<Chunk>> cut(const Extraction& document, const ChunkSettings& settings) {
  TRY(settings.check());
  return Packer(document, settings).run();
}

}  // namespace maester::ingest
