#include "retrieval/segment/segment.h"

#include <algorithm>
#include <charconv>

#include "base/hash.h"

namespace maester::retrieval {
namespace {

std::unexpected<Error> damaged(const std::string& path, const char* why) {
  return fail(Code::corrupt,
              "A segment of the index is damaged. Restore it or build the index anew.", {},
              path + ": " + why);
}

}  // namespace

std::string Segment::file_name(std::uint64_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() < 10) digits.insert(0, 10 - digits.size(), '0');
  return digits + ".seg";
}

std::optional<std::uint64_t> Segment::number_of(std::string_view file_name) {
  if (!file_name.ends_with(".seg")) return std::nullopt;
  file_name.remove_suffix(4);
  std::uint64_t number = 0;
  const char* end = file_name.data() + file_name.size();
  const auto [stop, error] = std::from_chars(file_name.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

Result<std::shared_ptr<Segment>> Segment::open(store::FileSystem& files,
                                               const std::string& directory, std::uint64_t number) {
  std::shared_ptr<Segment> made(new Segment);  // NOLINT: the constructor is private
  made->number_ = number;
  made->path_ = directory + "/" + file_name(number);
  auto mapping = files.map(made->path_);
  if (!mapping) {
    if (mapping.error().code == Code::not_found) return damaged(made->path_, "the file is missing");
    return fail(std::move(mapping).error());
  }
  made->mapping_ = std::move(*mapping);
  TRY(made->parse(made->mapping_->bytes()));
  made->files_ = &files;
  return made;
}

Segment::~Segment() {
  mapping_.reset();
  // What cannot be removed now is removed at the next start.
  if (obsolete_ && files_ != nullptr) (void)files_->remove(path_);
}

std::string_view Segment::section(Section section) const {
  const Head::Range& range = head_.sections[static_cast<std::size_t>(section)];
  return slice(mapping_->bytes(), range.offset, range.size);
}

Status Segment::parse(std::string_view bytes) {
  auto head = decode_head(bytes);
  if (!head) return damaged(path_, head.error().detail.c_str());
  head_ = std::move(*head);
  documents_ = Array<DocumentRecord>(section(Section::documents));
  chunks_ = Array<ChunkRecord>(section(Section::chunks));
  by_id_ = Array<std::uint32_t>(section(Section::by_id));
  by_source_ = Array<std::uint32_t>(section(Section::by_source));
  lengths_ = reinterpret_cast<const std::uint16_t*>(
      static_cast<const void*>(section(Section::lengths).data()));
  dictionary_ = Dictionary(section(Section::terms), section(Section::term_blocks),
                           section(Section::postings), head_.counts.terms);
  // A flipped bit here would show a document to somebody who may not read it.
  const std::string_view groups = section(Section::groups);
  if (crc32c(groups) != head_.sections[static_cast<std::size_t>(Section::groups)].crc) {
    return damaged(path_, "the checksum differs: section groups");
  }
  parse_columns();
  const std::string_view vectors = section(Section::vectors);
  if (!vectors.empty()) {
    auto view = VectorView::open(vectors);
    if (!view) return damaged(path_, view.error().detail.c_str());
    vectors_ = std::move(*view);
    if (vectors_.count() != head_.counts.chunks ||
        vectors_.dimensions() != head_.counts.dimensions) {
      return damaged(path_, "the vectors are not those of the chunks");
    }
  }
  return {};
}

void Segment::parse_columns() {
  const std::string_view groups = section(Section::groups);
  Reader reader(groups);
  const std::uint64_t open = reader.fixed<std::uint32_t>();
  open_documents_ = Array<std::uint32_t>(reader.take(open * 4));
  groups_ = Column(reader.take(reader.left()));
  const std::string_view fields = section(Section::fields);
  Reader names(fields);
  const auto count = names.fixed<std::uint32_t>();
  std::vector<std::pair<std::uint32_t, std::uint64_t>> sizes;
  for (std::uint32_t i = 0; i < count && names.ok(); ++i) {
    const auto size = names.fixed<std::uint32_t>();
    sizes.emplace_back(size, names.fixed<std::uint64_t>());
  }
  for (const auto& [size, offset] : sizes) {
    const std::string_view name = names.take(size);
    if (!names.ok()) break;
    fields_.push_back(
        {std::string(name), Column(fields.substr(std::min<std::size_t>(offset, fields.size())))});
  }
}

const Column* Segment::field(std::string_view name) const {
  const auto at = std::lower_bound(fields_.begin(), fields_.end(), name,
                                   [](const Field& a, std::string_view b) { return a.name < b; });
  return at != fields_.end() && at->name == name ? &at->column : nullptr;
}

std::pair<std::uint32_t, std::uint32_t> Segment::chunks_of(std::uint32_t document) const {
  const DocumentRecord record = documents_[document];
  const std::uint32_t begin = std::min(record.first_chunk, head_.counts.chunks);
  return {begin, begin + std::min(record.chunks, head_.counts.chunks - begin)};
}

std::string_view Segment::text_of(const DocumentRecord& document) const {
  return slice(section(Section::texts), document.text, document.text_size);
}
std::string_view Segment::source_of(const DocumentRecord& document) const {
  return slice(section(Section::strings), document.strings, document.source_size);
}
std::string_view Segment::title_of(const DocumentRecord& document) const {
  if (document.strings > UINT64_MAX - document.source_size) return {};
  return slice(section(Section::strings), document.strings + document.source_size,
               document.title_size);
}
std::string_view Segment::text_of(const ChunkRecord& chunk) const {
  if (chunk.start > chunk.end) return {};
  return slice(text_of(documents_[chunk.document]), chunk.start, chunk.end - chunk.start);
}
std::string_view Segment::context_of(const ChunkRecord& chunk) const {
  return slice(section(Section::strings), chunk.context, chunk.context_size);
}

std::optional<std::uint32_t> Segment::find(const Uuid& document) const {
  std::size_t low = 0, high = by_id_.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (documents_[by_id_[middle]].id < document)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == by_id_.size()) return std::nullopt;
  const std::uint32_t ordinal = by_id_[low];
  if (ordinal >= head_.counts.documents || documents_[ordinal].id != document) return std::nullopt;
  return ordinal;
}

void Segment::sources_between(const std::string* low, const std::string* high,
                              const Column::Sink& sink) const {
  const auto source = [&](std::size_t i) { return source_of(documents_[by_source_[i]]); };
  std::size_t begin = 0;
  for (std::size_t size = low == nullptr ? 0 : by_source_.size(); size > 0;) {
    const std::size_t half = size / 2;
    if (source(begin + half) < *low) {
      begin += half + 1;
      size -= half + 1;
    } else {
      size = half;
    }
  }
  for (; begin < by_source_.size() && (high == nullptr || source(begin) <= *high); ++begin) {
    sink(by_source_[begin]);
  }
}

Status Segment::verify() const {
  static constexpr const char* kNames[kSections] = {
      "texts", "strings",     "documents", "by_id",  "by_source", "chunks", "lengths",
      "terms", "term_blocks", "postings",  "groups", "fields",    "vectors"};
  for (std::size_t i = 0; i < kSections; ++i) {
    if (crc32c(section(static_cast<Section>(i))) != head_.sections[i].crc) {
      return damaged(path_, (std::string("the checksum differs: section ") +
                             (kNames[i] == nullptr ? "unused" : kNames[i]))
                                .c_str());
    }
  }
  return {};
}

}  // namespace maester::retrieval
