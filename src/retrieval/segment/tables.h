// What a segment holds beside texts and postings, gathered document by document, then written.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "retrieval/segment/columns.h"
#include "retrieval/segment/dictionary.h"
#include "retrieval/segment/format.h"
#include "retrieval/segment/segment_file.h"

namespace maester::retrieval {

struct SegmentTables {
  std::vector<DocumentRecord> documents;
  std::vector<std::string_view> sources;  // of each document
  std::vector<ChunkRecord> chunks;
  std::vector<std::uint16_t> lengths;   // of each chunk
  std::vector<std::uint32_t> everyone;  // documents that are open to all
  ColumnBuilder groups;
  std::map<std::string, ColumnBuilder, std::less<>> fields;

  // Of every document, from the lengths of its chunks.
  void sum_lengths();
  Counts counts(const DictionaryBuilder& dictionary, std::uint32_t dimensions) const;
  Status write(SegmentFile& file) const;
};

// Writes the section of postings and, at the end, the dictionary.
class PostingsWriter {
 public:
  PostingsWriter(SegmentFile& file, const std::vector<std::uint16_t>& lengths)
      : file_(file), lengths_(lengths) {
    file_.begin(Section::postings);
  }
  Status add(std::string_view term, std::span<const Posting> postings);  // terms rise
  Status finish();
  const DictionaryBuilder& dictionary() const { return dictionary_; }

 private:
  SegmentFile& file_;
  const std::vector<std::uint16_t>& lengths_;
  DictionaryBuilder dictionary_;
  std::string bytes_;
};

}  // namespace maester::retrieval
