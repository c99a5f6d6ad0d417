#include "retrieval/index_check.h"

#include <algorithm>
#include <cmath>

#include "retrieval/index/directory.h"
#include "retrieval/index/snapshot.h"

namespace maester::retrieval {
namespace {

constexpr std::size_t kNearest = 10;
constexpr std::size_t kTermsOfChunk = 8;

// Ordinals of living chunks, `sample` at most and evenly spread.
std::vector<std::uint32_t> spread(const SegmentView& view, std::size_t sample) {
  const std::uint32_t chunks = view.segment().counts().chunks;
  const std::size_t step = std::max<std::size_t>(1, chunks / std::max<std::size_t>(1, sample));
  std::vector<std::uint32_t> out;
  for (std::size_t i = 0; i < chunks && out.size() < sample; i += step) {
    const auto chunk = static_cast<std::uint32_t>(i);
    if (view.alive(view.segment().chunk(chunk).document)) out.push_back(chunk);
  }
  return out;
}

bool is_zero(const std::vector<float>& vector) {
  return std::ranges::all_of(vector, [](float x) { return x == 0; });
}

// Found and wanted. By similarity, not by ordinal: of equal vectors either is right.
std::pair<std::size_t, std::size_t> recall_of(const SegmentView& view,
                                              const std::vector<float>& query) {
  const VectorView& vectors = view.segment().vectors();
  const auto exact = vectors.nearest_exact(query, kNearest, view.living_chunks());
  const auto found = vectors.nearest(query, kNearest, view.living_chunks());
  if (exact.empty()) return {0, 0};
  constexpr float kRounding = 1e-5F;
  const float least = exact.back().similarity - kRounding;
  const auto good =
      std::ranges::count_if(found, [&](const Near& one) { return one.similarity >= least; });
  return {std::min(static_cast<std::size_t>(good), exact.size()), exact.size()};
}

bool leads_to(const Segment& segment, const std::string& term, std::uint32_t chunk) {
  const auto entry = segment.dictionary().find(term);
  if (!entry) return false;
  std::vector<Posting> postings;
  segment.postings(*entry).append_to(postings);
  return std::ranges::any_of(postings, [&](const Posting& one) { return one.chunk == chunk; });
}

std::unexpected<Error> named(Error error, const std::string& directory) {
  error.message = directory + ": " + error.message;
  return fail(std::move(error));
}

}  // namespace

Result<std::unique_ptr<Index>> open_as_it_is(store::FileSystem& files,
                                             const std::string& directory) {
  TRY_ASSIGN(const auto manifest, Directory(files, directory).read());
  if (!manifest) return fail(Code::not_found, "There is no index in " + directory + ".");
  return Index::open(files, directory, manifest->settings);
}

IndexCheck probe(const Snapshot& snapshot, std::size_t sample) {
  IndexCheck out;
  out.documents = snapshot.documents();
  out.chunks = snapshot.chunks();
  const auto& segments = static_cast<const SegmentSnapshot&>(snapshot);  // there is no other
  std::size_t found = 0, wanted = 0;
  for (const SegmentViewPtr& view : segments.views()) {
    const Segment& segment = view->segment();
    ++out.segments;
    for (const std::uint32_t chunk : spread(*view, sample)) {
      const std::string_view text = segment.text_of(segment.chunk(chunk));
      std::vector<std::string> terms = analyse(segments.settings().analysis, text);
      if (terms.size() > kTermsOfChunk) terms.resize(kTermsOfChunk);
      for (const std::string& term : terms) {
        ++out.terms;
        if (!leads_to(segment, term, chunk)) ++out.lost_terms;
      }
      if (chunk >= segment.vectors().count()) continue;
      const std::vector<float> query = segment.vectors().vector(chunk);
      if (query.empty() || is_zero(query)) continue;
      const auto [good, all] = recall_of(*view, query);
      ++out.vectors;
      found += good;
      wanted += all;
    }
  }
  if (wanted > 0) out.recall = static_cast<double>(found) / static_cast<double>(wanted);
  return out;
}

Status judge(const IndexCheck& check) {
  if (check.lost_terms > 0) {
    return fail(Code::corrupt, std::to_string(check.lost_terms) + " of " +
                                   std::to_string(check.terms) +
                                   " terms do not lead back to the chunks that have them. Build "
                                   "the index version anew.");
  }
  if (check.recall < kLeastRecall) {
    return fail(Code::corrupt,
                "Its vector search finds " + std::to_string(std::lround(check.recall * 1000)) +
                    " of 1000 nearest vectors, fewer than the 950 that it must. Build the index "
                    "version anew.");
  }
  return {};
}

Result<IndexCheck> check_index(store::FileSystem& files, const std::string& directory,
                               std::size_t sample) {
  auto index = open_as_it_is(files, directory);
  if (!index) return named(std::move(index).error(), directory);
  if (Status good = (*index)->verify(); !good) return named(std::move(good).error(), directory);
  const IndexCheck check = probe(*(*index)->snapshot(), sample);
  if (Status good = judge(check); !good) return named(std::move(good).error(), directory);
  return check;
}

}  // namespace maester::retrieval
