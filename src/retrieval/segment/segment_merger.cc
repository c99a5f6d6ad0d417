#include "retrieval/segment/segment_merger.h"

#include <algorithm>

#include "retrieval/segment/tables.h"

namespace maester::retrieval {
namespace {

constexpr std::uint32_t kDead = UINT32_MAX;

std::unexpected<Error> cancelled() {
  return fail(Code::cancelled, "The merge was stopped.");
}
std::unexpected<Error> damaged(const Segment& segment, const char* why) {
  return fail(Code::corrupt,
              "A segment of the index is damaged. Restore it or build the index anew.", {},
              Segment::file_name(segment.number()) + ": " + why);
}

// One of the segments and where its documents and chunks go.
struct Input {
  const Segment* segment;
  std::vector<std::uint32_t> documents, chunks;  // new ordinal of each, or kDead
};

class Merger {
 public:
  Merger(SegmentFile& file, const IndexSettings& settings, const Stop& stop)
      : file_(file), settings_(settings), stop_(stop) {}

  Status merge(std::span<const MergeSource> sources) {
    for (const MergeSource& source : sources) TRY(number(source));
    TRY(copy_texts());
    TRY(copy_strings());
    copy_columns();
    tables_.sum_lengths();
    TRY(tables_.write(file_));
    PostingsWriter postings(file_, tables_.lengths);
    TRY(merge_postings(postings));
    TRY(postings.finish());
    TRY_ASSIGN(const std::uint32_t dimensions, merge_vectors());
    TRY(file_.finish(tables_.counts(postings.dictionary(), dimensions)));
    return {};
  }

 private:
  Status number(const MergeSource& source) {
    const Segment& segment = *source.segment;
    Input input{&segment, {}, {}};
    input.documents.assign(segment.counts().documents, kDead);
    input.chunks.assign(segment.counts().chunks, kDead);
    auto dead = source.dead.begin();
    for (std::uint32_t d = 0; d < segment.counts().documents; ++d) {
      if (dead != source.dead.end() && *dead == d) {
        ++dead;
        continue;
      }
      const DocumentRecord old = segment.document(d);
      const auto [begin, end] = segment.chunks_of(d);
      if (end - begin != old.chunks) return damaged(segment, "a document's chunks are not there");
      input.documents[d] = static_cast<std::uint32_t>(tables_.documents.size());
      DocumentRecord record = old;
      record.first_chunk = static_cast<std::uint32_t>(tables_.chunks.size());
      for (std::uint32_t c = begin; c < end; ++c) {
        ChunkRecord chunk = segment.chunk(c);
        if (chunk.document != d) return damaged(segment, "a chunk is another document's");
        input.chunks[c] = static_cast<std::uint32_t>(tables_.chunks.size());
        chunk.document = input.documents[d];
        tables_.chunks.push_back(chunk);
        tables_.lengths.push_back(segment.lengths()[c]);
      }
      tables_.documents.push_back(record);
      tables_.sources.push_back(segment.source_of(old));
    }
    inputs_.push_back(std::move(input));
    return {};
  }

  template <class Visit>
  Status each_document(const Visit& visit) {
    for (const Input& input : inputs_) {
      for (std::uint32_t d = 0; d < input.documents.size(); ++d) {
        if (input.documents[d] == kDead) continue;
        if (d % 256 == 0 && stop_()) return cancelled();
        TRY(visit(*input.segment, input.segment->document(d), input.documents[d]));
      }
    }
    return {};
  }

  Status copy_texts() {
    file_.begin(Section::texts);
    std::uint64_t at = 0;
    return each_document(
        [&](const Segment& segment, const DocumentRecord& old, std::uint32_t to) -> Status {
          const std::string_view text = segment.text_of(old);
          if (text.size() != old.text_size) return damaged(segment, "a text is not there");
          tables_.documents[to].text = at;
          at += text.size();
          return file_.write(text);
        });
  }

  Status copy_strings() {
    file_.begin(Section::strings);
    std::uint64_t at = 0;
    const auto write = [&](std::string_view bytes) {
      at += bytes.size();
      return file_.write(bytes);
    };
    return each_document(
        [&](const Segment& segment, const DocumentRecord& old, std::uint32_t to) -> Status {
          DocumentRecord& document = tables_.documents[to];
          document.strings = at;
          TRY(write(segment.source_of(old)));
          TRY(write(segment.title_of(old)));
          std::map<std::string_view, std::uint64_t> moved;  // contexts of this document
          for (std::uint32_t i = 0; i < document.chunks; ++i) {
            ChunkRecord& chunk = tables_.chunks[document.first_chunk + i];
            const std::string_view context = segment.context_of(chunk);
            const auto [place, is_new] = moved.try_emplace(context, at);
            chunk.context = place->second;
            if (is_new) TRY(write(context));
          }
          return {};
        });
  }

  void copy_columns() {
    for (const Input& input : inputs_) {
      const auto alive = [&](std::uint32_t d) {
        return d < input.documents.size() && input.documents[d] != kDead;
      };
      const Array<std::uint32_t>& open = input.segment->open_documents();
      for (std::size_t i = 0; i < open.size(); ++i) {
        if (alive(open[i])) tables_.everyone.push_back(input.documents[open[i]]);
      }
      input.segment->groups().each([&](std::uint32_t d, const FieldValue& group) {
        if (alive(d)) tables_.groups.add(input.documents[d], group);
      });
      for (const Segment::Field& field : input.segment->fields()) {
        field.column.each([&](std::uint32_t d, const FieldValue& value) {
          if (alive(d)) tables_.fields[field.name].add(input.documents[d], value);
        });
      }
    }
  }

  Status merge_postings(PostingsWriter& writer) {
    std::vector<Dictionary::Walk> walks;
    std::vector<bool> live;
    for (const Input& input : inputs_) {
      walks.push_back(input.segment->dictionary().walk());
      live.push_back(walks.back().next());
    }
    std::vector<Posting> list, old;
    for (std::size_t done = 0;; ++done) {
      if (done % 1024 == 0 && stop_()) return cancelled();
      const std::string* least = nullptr;
      for (std::size_t i = 0; i < walks.size(); ++i) {
        if (live[i] && (least == nullptr || walks[i].term() < *least)) least = &walks[i].term();
      }
      if (least == nullptr) break;
      const std::string term = *least;
      list.clear();
      for (std::size_t i = 0; i < walks.size(); ++i) {
        if (!live[i] || walks[i].term() != term) continue;
        old.clear();
        inputs_[i].segment->postings(walks[i].entry()).append_to(old);
        if (old.size() != walks[i].entry().df) return damaged(*inputs_[i].segment, "postings");
        for (const Posting& one : old) {
          const std::uint32_t to = inputs_[i].chunks[one.chunk];
          if (to != kDead) list.push_back({to, one.frequency});
        }
        live[i] = walks[i].next();
      }
      if (!list.empty()) TRY(writer.add(term, list));
    }
    for (std::size_t i = 0; i < walks.size(); ++i) {
      if (walks[i].passed() != inputs_[i].segment->counts().terms) {
        return damaged(*inputs_[i].segment, "terms");
      }
    }
    return {};
  }

  // The dimensions of what was written.
  Result<std::uint32_t> merge_vectors() {
    const std::uint32_t dimensions = settings_.dimensions;
    const bool any = std::any_of(inputs_.begin(), inputs_.end(), [](const Input& input) {
      return input.segment->vectors().count() > 0;
    });
    if (dimensions == 0 || !any) return 0U;
    std::vector<float> matrix(tables_.chunks.size() * dimensions);
    for (const Input& input : inputs_) {
      const VectorView& vectors = input.segment->vectors();
      for (std::uint32_t c = 0; c < vectors.count(); ++c) {
        if (input.chunks[c] == kDead) continue;
        const std::vector<float> vector = vectors.vector(c);
        std::copy(vector.begin(), vector.end(),
                  matrix.begin() + static_cast<std::ptrdiff_t>(input.chunks[c]) * dimensions);
      }
    }
    TRY_ASSIGN(const std::string bytes,
               build_vectors(matrix, dimensions, settings_.graph, stop_.stopped, stop_.context));
    TRY(file_.write(Section::vectors, bytes));
    return dimensions;
  }

  SegmentFile& file_;
  const IndexSettings& settings_;
  const Stop& stop_;
  std::vector<Input> inputs_;
  SegmentTables tables_;
};

}  // namespace

Status merge_segments(store::FileSystem& files, const std::string& path,
                      const IndexSettings& settings, std::span<const MergeSource> sources,
                      const Stop& stop) {
  TRY_ASSIGN(SegmentFile file, SegmentFile::create(files, path));
  return Merger(file, settings, stop).merge(sources);
}

}  // namespace maester::retrieval
