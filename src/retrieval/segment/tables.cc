#include "retrieval/segment/tables.h"

#include <algorithm>
#include <numeric>

namespace maester::retrieval {
namespace {

template <class T>
std::string_view bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

template <class Less>
std::vector<std::uint32_t> sorted_ordinals(std::size_t size, const Less& less) {
  std::vector<std::uint32_t> order(size);
  std::iota(order.begin(), order.end(), std::uint32_t{0});
  std::sort(order.begin(), order.end(), less);
  return order;
}

std::string encode_fields(const std::map<std::string, ColumnBuilder, std::less<>>& fields) {
  std::string head, names, columns;
  std::uint64_t at = 4;
  for (const auto& [name, column] : fields) at += 12 + name.size();
  put(head, static_cast<std::uint32_t>(fields.size()));
  for (const auto& [name, column] : fields) {
    put(head, static_cast<std::uint32_t>(name.size()));
    put(head, static_cast<std::uint64_t>(at + columns.size()));
    names += name;
    columns += column.finish();
  }
  return head + names + columns;
}

}  // namespace

void SegmentTables::sum_lengths() {
  for (DocumentRecord& document : documents) {
    document.length = 0;
    for (std::uint32_t i = 0; i < document.chunks; ++i) {
      document.length += lengths[document.first_chunk + i];
    }
  }
}

Counts SegmentTables::counts(const DictionaryBuilder& dictionary, std::uint32_t dimensions) const {
  Counts out;
  out.documents = static_cast<std::uint32_t>(documents.size());
  out.chunks = static_cast<std::uint32_t>(chunks.size());
  out.terms = dictionary.size();
  out.dimensions = dimensions;
  for (const std::uint16_t length : lengths) out.length += length;
  return out;
}

Status SegmentTables::write(SegmentFile& file) const {
  TRY(file.write(Section::documents, bytes_of(documents)));
  const auto by_id = sorted_ordinals(documents.size(), [&](std::uint32_t a, std::uint32_t b) {
    return documents[a].id < documents[b].id;
  });
  TRY(file.write(Section::by_id, bytes_of(by_id)));
  const auto by_source = sorted_ordinals(documents.size(), [&](std::uint32_t a, std::uint32_t b) {
    return sources[a] != sources[b] ? sources[a] < sources[b] : documents[a].id < documents[b].id;
  });
  TRY(file.write(Section::by_source, bytes_of(by_source)));
  TRY(file.write(Section::chunks, bytes_of(chunks)));
  TRY(file.write(Section::lengths, bytes_of(lengths)));
  std::string readers;
  put(readers, static_cast<std::uint32_t>(everyone.size()));
  readers += bytes_of(everyone);
  TRY(file.write(Section::groups, readers + groups.finish()));
  return file.write(Section::fields, encode_fields(fields));
}

Status PostingsWriter::add(std::string_view term, std::span<const Posting> postings) {
  bytes_.clear();
  if (postings.size() > 1) append_postings(bytes_, postings, lengths_);
  dictionary_.add(term, static_cast<std::uint32_t>(postings.size()), postings.front(),
                  bytes_.size());
  return file_.write(bytes_);
}

Status PostingsWriter::finish() {
  TRY(file_.write(Section::terms, dictionary_.terms()));
  return file_.write(Section::term_blocks, dictionary_.blocks());
}

}  // namespace maester::retrieval
