#include "retrieval/segment/segment_builder.h"

#include <algorithm>

#include "retrieval/analysis/analyser.h"
#include "retrieval/segment/inverter.h"
#include "retrieval/segment/tables.h"

namespace maester::retrieval {
namespace {

std::unexpected<Error> refuse(const IndexDocument& document, const char* why) {
  return fail(Code::invalid_request,
              "Document " + document.id.to_string() + " cannot be indexed: " + why);
}

bool at_border(std::string_view text, std::uint64_t at) {
  return at == text.size() || (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
}

Status check(const IndexDocument& document, std::uint32_t dimensions) {
  if (document.text.size() > UINT32_MAX) return refuse(document, "its text has 4 GiB or more.");
  for (const IndexChunk& chunk : document.chunks) {
    if (chunk.start > chunk.end || chunk.end > document.text.size() ||
        !at_border(document.text, chunk.start) || !at_border(document.text, chunk.end)) {
      return refuse(document, "a chunk does not lie within its text, at borders of characters.");
    }
    if (!chunk.vector.empty() && chunk.vector.size() != dimensions) {
      return refuse(document, "a vector has other dimensions than the index.");
    }
  }
  return {};
}

class Builder {
 public:
  Builder(SegmentFile& file, const IndexSettings& settings, Analyser analyser)
      : file_(file), settings_(settings), inverter_(std::move(analyser)) {}

  Status build(std::span<const IndexDocument* const> documents) {
    file_.begin(Section::texts);
    std::uint64_t texts = 0;
    for (const IndexDocument* document : documents) {
      TRY(check(*document, settings_.dimensions));
      add(*document, texts);
      TRY(file_.write(document->text));
      texts += document->text.size();
    }
    TRY(file_.write(Section::strings, strings_));
    tables_.lengths = inverter_.lengths();
    tables_.sum_lengths();
    TRY(tables_.write(file_));
    PostingsWriter postings(file_, tables_.lengths);
    Status written;
    inverter_.finish([&](std::string_view term, std::span<const Posting> list) {
      if (written) written = postings.add(term, list);
    });
    TRY(written);
    TRY(postings.finish());
    TRY(write_vectors());
    TRY(file_.finish(tables_.counts(postings.dictionary(), dimensions())));
    return {};
  }

 private:
  // A segment without a single vector has none.
  std::uint32_t dimensions() const { return has_vectors_ ? settings_.dimensions : 0; }

  void add(const IndexDocument& document, std::uint64_t text_offset) {
    const auto ordinal = static_cast<std::uint32_t>(tables_.documents.size());
    DocumentRecord record;
    record.id = document.id;
    record.text = text_offset;
    record.text_size = document.text.size();
    record.strings = strings_.size();
    record.source_size = static_cast<std::uint32_t>(document.source_id.size());
    record.title_size = static_cast<std::uint32_t>(document.title.size());
    strings_ += document.source_id;
    strings_ += document.title;
    record.first_chunk = static_cast<std::uint32_t>(tables_.chunks.size());
    record.chunks = static_cast<std::uint32_t>(document.chunks.size());
    add_chunks(document, ordinal);
    tables_.documents.push_back(record);
    tables_.sources.push_back(document.source_id);
    if (!document.groups) tables_.everyone.push_back(ordinal);
    for (const std::string& group : document.groups.value_or(std::vector<std::string>())) {
      tables_.groups.add(ordinal, group);
    }
    for (const Field& field : document.metadata) {
      for (const FieldValue& value : field.values) tables_.fields[field.name].add(ordinal, value);
    }
  }

  void add_chunks(const IndexDocument& document, std::uint32_t ordinal) {
    std::map<std::string_view, std::uint64_t> contexts;
    for (const IndexChunk& chunk : document.chunks) {
      const auto [context, is_new] = contexts.try_emplace(chunk.context, strings_.size());
      if (is_new) strings_ += chunk.context;
      tables_.chunks.push_back({.document = ordinal,
                                .start = static_cast<std::uint32_t>(chunk.start),
                                .end = static_cast<std::uint32_t>(chunk.end),
                                .page = chunk.page,
                                .context = context->second,
                                .context_size = static_cast<std::uint32_t>(chunk.context.size())});
      inverter_.add(chunk.context, document.text.substr(chunk.start, chunk.end - chunk.start));
      if (settings_.dimensions == 0) continue;
      has_vectors_ |= !chunk.vector.empty();
      matrix_.insert(matrix_.end(), chunk.vector.begin(), chunk.vector.end());
      matrix_.resize(tables_.chunks.size() * settings_.dimensions);
    }
  }

  Status write_vectors() {
    if (!has_vectors_) return {};
    GraphSettings no_graph = settings_.graph;
    no_graph.from = UINT32_MAX;
    TRY_ASSIGN(const std::string bytes, build_vectors(matrix_, settings_.dimensions, no_graph));
    return file_.write(Section::vectors, bytes);
  }

  SegmentFile& file_;
  const IndexSettings& settings_;
  Inverter inverter_;
  SegmentTables tables_;
  std::string strings_;
  std::vector<float> matrix_;
  bool has_vectors_ = false;
};

}  // namespace

Status build_segment(store::FileSystem& files, const std::string& path,
                     const IndexSettings& settings,
                     std::span<const IndexDocument* const> documents) {
  TRY_ASSIGN(Analyser analyser, Analyser::make(settings.analysis));
  TRY_ASSIGN(SegmentFile file, SegmentFile::create(files, path));
  return Builder(file, settings, std::move(analyser)).build(documents);
}

}  // namespace maester::retrieval
