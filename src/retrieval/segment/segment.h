// A segment, mapped (docs/formats/segment.md). Immutable, thread-safe. Whatever the file's bytes
// are, reading them is safe: what does not hold together reads as empty.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "retrieval/segment/columns.h"
#include "retrieval/segment/dictionary.h"
#include "retrieval/segment/format.h"
#include "retrieval/vector/nearest.h"
#include "store/file_system.h"

namespace maester::retrieval {

class Segment {
 public:
  // Code::corrupt, naming the file.
  static Result<std::shared_ptr<Segment>> open(store::FileSystem& files,
                                               const std::string& directory, std::uint64_t number);
  ~Segment();
  Segment(const Segment&) = delete;

  static std::string file_name(std::uint64_t number);  // "0000000012.seg"
  static std::optional<std::uint64_t> number_of(std::string_view file_name);
  std::uint64_t number() const { return number_; }
  std::uint64_t bytes() const { return head_.file_size; }
  // Its file goes when the last holder does.
  void remove_at_end() { obsolete_ = true; }

  const Counts& counts() const { return head_.counts; }
  DocumentRecord document(std::uint32_t ordinal) const { return documents_[ordinal]; }
  // The chunks of a document, within the segment: [first, second).
  std::pair<std::uint32_t, std::uint32_t> chunks_of(std::uint32_t document) const;
  ChunkRecord chunk(std::uint32_t ordinal) const { return chunks_[ordinal]; }
  std::string_view text_of(const DocumentRecord& document) const;
  std::string_view source_of(const DocumentRecord& document) const;
  std::string_view title_of(const DocumentRecord& document) const;
  std::string_view text_of(const ChunkRecord& chunk) const;
  std::string_view context_of(const ChunkRecord& chunk) const;

  std::optional<std::uint32_t> find(const Uuid& document) const;
  // Ordinals of the documents whose source id lies between the two, both included; null = open.
  void sources_between(const std::string* low, const std::string* high,
                       const Column::Sink& sink) const;

  const Dictionary& dictionary() const { return dictionary_; }
  PostingList postings(const TermEntry& entry) const {
    return PostingList(entry, head_.counts.chunks);
  }
  const std::uint16_t* lengths() const { return lengths_; }  // one for each chunk

  const Array<std::uint32_t>& open_documents() const { return open_documents_; }  // to everybody
  const Column& groups() const { return groups_; }
  const Column* field(std::string_view name) const;
  struct Field {
    std::string name;
    Column column;
  };
  const std::vector<Field>& fields() const { return fields_; }  // sorted by name
  const VectorView& vectors() const { return vectors_; }

  Status verify() const;  // reads everything

 private:
  Segment() = default;
  Status parse(std::string_view bytes);
  void parse_columns();
  std::string_view section(Section section) const;

  store::FileSystem* files_ = nullptr;
  std::string path_;
  std::uint64_t number_ = 0;
  std::atomic<bool> obsolete_ = false;
  std::unique_ptr<store::Mapping> mapping_;
  Head head_;
  Array<DocumentRecord> documents_;
  Array<ChunkRecord> chunks_;
  Array<std::uint32_t> by_id_, by_source_, open_documents_;
  const std::uint16_t* lengths_ = nullptr;
  Dictionary dictionary_;
  Column groups_;
  std::vector<Field> fields_;
  VectorView vectors_;
};

}  // namespace maester::retrieval
