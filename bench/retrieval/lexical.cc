// The index: how fast texts go in, what they take, how soon it answers after a start, and how fast
// questions are answered by words; with `--embed 1` also by words and vectors (of `local-hash`; the
// question's own is made within the time).
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "lexical_bench.h"
#include "retrieval/embed.h"
#include "retrieval/index.h"
#include "store/file_system.h"

namespace {

using namespace maester;
using namespace maester::bench;
using namespace maester::retrieval;

constexpr std::size_t kChunksPerDocument = 10, kChunksPerCommit = 20'000;

struct Built {
  double text_mb = 0, embed_seconds = 0, commit_seconds = 0, merge_seconds = 0;
};

using Vectors = std::vector<std::vector<float>>;

// Of the chunks, in order; all that a commit brings.
Vectors embed(const Embedder& embedder, const std::vector<IndexDocument>& documents) {
  std::vector<std::string_view> texts;
  for (const IndexDocument& document : documents) {
    for (const IndexChunk& chunk : document.chunks)
      texts.push_back(document.text.substr(chunk.start, chunk.end - chunk.start));
  }
  return *embedder.embed(texts, Purpose::document);
}

// `embedder`: null = words only.
Built build(const Texts& texts, const Embedder* embedder, Index& index) {
  Built out;
  for (std::size_t chunk = 0; chunk < texts.size();) {
    std::vector<std::string> bodies;
    std::vector<IndexDocument> documents;
    const std::size_t end = std::min(texts.size(), chunk + kChunksPerCommit);
    while (chunk < end) {
      IndexDocument& document = documents.emplace_back();
      for (std::size_t b = 0; b < 8; ++b) {
        document.id.bytes[b] = static_cast<std::uint8_t>(chunk >> 8 * b);
      }
      document.source_id = "document " + std::to_string(chunk);
      document.title = texts.title(chunk);
      std::string& body = bodies.emplace_back();
      const std::size_t count = texts.original() ? 1 : kChunksPerDocument;
      for (std::size_t i = 0; i < count && chunk < end; ++i, ++chunk) {
        IndexChunk& one = document.chunks.emplace_back();
        one.start = body.size();
        body += texts.text(chunk);
        one.end = body.size();
        one.context = document.title;
        body += "\n";
      }
      out.text_mb += static_cast<double>(body.size()) / 1e6;
    }
    for (std::size_t i = 0; i < documents.size(); ++i) documents[i].text = bodies[i];
    Vectors vectors;
    if (embedder != nullptr) {
      const double begin = seconds();
      vectors = embed(*embedder, documents);
      out.embed_seconds += seconds() - begin;
      auto vector = vectors.begin();
      for (IndexDocument& document : documents) {
        for (IndexChunk& one : document.chunks) one.vector = *vector++;
      }
    }
    const double begin = seconds();
    if (!index.commit(documents, {})) std::abort();
    out.commit_seconds += seconds() - begin;
  }
  const double begin = seconds();
  while (*index.merge()) {
  }
  out.merge_seconds = seconds() - begin;
  return out;
}

// As after a restart of the machine: nothing of the files is in memory.
void forget(const std::string& directory) {
  ::sync();
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const int fd = ::open(entry.path().c_str(), O_RDONLY);
    if (fd < 0) continue;
    ::posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    ::close(fd);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = parse(argc, argv);
  const Texts texts(options);
  const auto embedder = options.embed ? make_hash_embedder() : nullptr;
  IndexSettings settings;
  if (embedder != nullptr) settings.dimensions = static_cast<std::uint32_t>(embedder->dimensions());
  store::PosixFileSystem files;
  if (!options.keep) std::filesystem::remove_all(options.directory);
  auto index = *Index::open(files, options.directory, settings);
  Built built;
  if (index->snapshot()->chunks() == 0) built = build(texts, embedder.get(), *index);
  const Index::Size size = index->size();
  index.reset();
  forget(options.directory);

  Query query;
  query.mode = Mode::lexical;
  query.top_k = options.top_k;
  query.depth = std::max(options.depth, options.top_k);
  const double before = resident_mib();
  const double begin = seconds();
  index = *Index::open(files, options.directory, settings);
  const double opened = seconds();
  query.text = texts.questions().front().text;
  if (!index->snapshot()->search(query)) std::abort();
  const double answered = seconds();
  const auto by_words = [&](const std::string& text) {
    query.text = text;
    return index->snapshot()->search(query)->hits.size();
  };
  const auto by_both = [&](const std::string& text) {
    const std::string_view view = text;
    const auto vectors = *embedder->embed({&view, 1}, Purpose::query);
    query.vector = vectors.front();
    query.text = text;
    return index->snapshot()->search(query)->hits.size();
  };
  Latencies latencies = measure(texts, options.rounds, by_words);
  const auto n = static_cast<double>(size.chunks);
  report("maester", options, std::move(latencies),
         fmt::format(
             ", \"segments\": {}, \"text_mb\": {:.1f}, \"index_mb_per_second\": {:.1f}, "
             "\"index_chunks_per_second\": {:.0f}, \"merge_seconds\": {:.1f}, "
             "\"embed_seconds\": {:.1f}, "
             "\"bytes_per_chunk\": {:.0f}, \"text_bytes_per_chunk\": {:.0f}, "
             "\"open_ms\": {:.1f}, \"first_answer_ms\": {:.1f}, \"private_memory_mib\": {:.1f}",
             size.segments, built.text_mb, built.text_mb / built.commit_seconds,
             n / built.commit_seconds, built.merge_seconds, built.embed_seconds,
             static_cast<double>(size.bytes) / n, built.text_mb * 1e6 / n, (opened - begin) * 1e3,
             (answered - begin) * 1e3, resident_mib() - before));
  if (embedder == nullptr) return 0;
  query.mode = Mode::hybrid;
  report("maester hybrid", options, measure(texts, options.rounds, by_both), "");
  return 0;
}
