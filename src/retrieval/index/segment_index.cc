#include "retrieval/index/segment_index.h"

#include <algorithm>
#include <unordered_map>

#include "retrieval/analysis/analyser.h"
#include "retrieval/segment/segment_builder.h"

namespace maester::retrieval {
namespace {

std::unexpected<Error> inconsistent(const Directory& directory, const char* why) {
  return fail(Code::corrupt,
              "The manifest of the index is damaged. Restore it or build the index anew.", {},
              directory.path() + ": " + why);
}

// Of several with one id the last counts.
std::vector<const IndexDocument*> without_repeats(std::span<const IndexDocument> added) {
  std::unordered_map<Uuid, const IndexDocument*> last;
  for (const IndexDocument& document : added) last[document.id] = &document;
  std::vector<const IndexDocument*> out;
  for (const IndexDocument& document : added) {
    if (last[document.id] == &document) out.push_back(&document);
  }
  return out;
}

// The view with these ids' documents dead too; the same when it has none of them.
SegmentViewPtr bury(const SegmentViewPtr& view, std::span<const Uuid> ids) {
  std::vector<std::uint32_t> dead;
  for (const Uuid& id : ids) {
    if (const auto ordinal = view->find(id)) dead.push_back(*ordinal);
  }
  if (dead.empty()) return view;
  dead.insert(dead.end(), view->dead().begin(), view->dead().end());
  std::sort(dead.begin(), dead.end());
  dead.erase(std::unique(dead.begin(), dead.end()), dead.end());
  return std::make_shared<SegmentView>(view->shared(), std::move(dead));
}

}  // namespace

Result<std::unique_ptr<Index>> Index::open(store::FileSystem& files, std::string directory,
                                           const IndexSettings& settings, const Clock* clock) {
  static const SystemClock system;
  TRY(Analyser::make(settings.analysis));
  auto index = std::make_unique<SegmentIndex>(files, std::move(directory), settings,
                                              clock == nullptr ? system : *clock);
  TRY(index->open());
  return index;
}

Status SegmentIndex::open() {
  store::FileSystem& files = directory_.files();
  TRY(files.create_directories(directory_.path()));
  TRY_ASSIGN(std::optional<Manifest> found, directory_.read());
  if (!found) {
    Manifest first;
    first.settings = settings_;
    first.analysis_version = kAnalysisVersion;
    TRY(directory_.commit(first));
    found = std::move(first);
  }
  const Manifest& manifest = *found;
  if (manifest.settings.analysis != settings_.analysis ||
      manifest.analysis_version != kAnalysisVersion ||
      manifest.settings.dimensions != settings_.dimensions) {
    return fail(Code::conflict,
                "The index was built with another analysis or other vectors. Build a new version "
                "of it with these settings.");
  }
  TRY(directory_.clean(manifest));
  Views views;
  for (const Manifest::Entry& entry : manifest.segments) {
    TRY_ASSIGN(std::shared_ptr<Segment> segment,
               Segment::open(files, directory_.path(), entry.number));
    if (segment->bytes() != entry.file_size || segment->counts().documents != entry.documents ||
        segment->counts().chunks != entry.chunks) {
      return inconsistent(directory_, "a segment is not the one that it names");
    }
    views.push_back(std::make_shared<SegmentView>(std::move(segment), entry.dead));
  }
  sequence_ = manifest.sequence;
  next_segment_ = manifest.next_segment;
  newest_ = std::move(views);
  history_.push(std::make_shared<SegmentSnapshot>(sequence_, settings_, newest_));
  return {};
}

Status SegmentIndex::ready() const {
  if (!directory_.broken()) return {};
  return fail(Code::io_error,
              "The index could not write its manifest. Restart the server once its storage works.");
}

Status SegmentIndex::flip(Views next) {
  std::sort(next.begin(), next.end(), [](const SegmentViewPtr& a, const SegmentViewPtr& b) {
    return a->segment().number() < b->segment().number();
  });
  Manifest manifest;
  manifest.sequence = sequence_ + 1;
  manifest.next_segment = next_segment_;
  manifest.settings = settings_;
  manifest.analysis_version = kAnalysisVersion;
  for (const SegmentViewPtr& view : next) {
    const Segment& segment = view->segment();
    manifest.segments.push_back({segment.number(), segment.bytes(), segment.counts().documents,
                                 segment.counts().chunks, view->dead()});
  }
  TRY(directory_.commit(manifest));
  // Files that are not named any more go when the last snapshot with them does.
  for (const SegmentViewPtr& old : newest_) {
    const bool stays = std::any_of(next.begin(), next.end(), [&](const SegmentViewPtr& view) {
      return &view->segment() == &old->segment();
    });
    if (!stays) old->shared()->remove_at_end();
  }
  sequence_ = manifest.sequence;
  newest_ = std::move(next);
  history_.push(std::make_shared<SegmentSnapshot>(sequence_, settings_, newest_));
  return {};
}

Result<std::shared_ptr<Segment>> SegmentIndex::add_segment(std::span<const IndexDocument> added) {
  const std::uint64_t number = next_segment_++;
  const std::string path = directory_.segment_path(number);
  const auto documents = without_repeats(added);
  Status built = build_segment(directory_.files(), path, settings_, documents);
  if (built) {
    auto opened = Segment::open(directory_.files(), directory_.path(), number);
    if (opened) return opened;
    built = fail(std::move(opened).error());
  }
  (void)directory_.files().remove(path);  // else at the next start
  return fail(std::move(built).error());
}

Status SegmentIndex::commit(std::span<const IndexDocument> added, std::span<const Uuid> removed) {
  const std::scoped_lock lock(turn_);
  TRY(ready());
  std::vector<Uuid> gone(removed.begin(), removed.end());
  for (const IndexDocument& document : added) gone.push_back(document.id);
  Views next;
  bool changed = !added.empty();
  for (const SegmentViewPtr& view : newest_) {
    SegmentViewPtr kept = bury(view, gone);
    changed |= kept != view;
    if (kept->documents() > 0) next.push_back(std::move(kept));
  }
  if (!changed) return {};
  std::shared_ptr<Segment> segment;
  if (!added.empty()) {
    TRY_ASSIGN(segment, add_segment(added));
    next.push_back(std::make_shared<SegmentView>(segment, std::vector<std::uint32_t>()));
  }
  Status flipped = flip(std::move(next));
  if (!flipped && segment != nullptr && !directory_.broken()) segment->remove_at_end();
  return flipped;
}

Index::Size SegmentIndex::size() const {
  const auto snapshot = history_.newest();
  Size out;
  for (const SegmentViewPtr& view : snapshot->views()) {
    ++out.segments;
    out.documents += view->documents();
    out.chunks += view->chunks();
    out.dead_documents += view->dead().size();
    out.bytes += view->segment().bytes();
  }
  return out;
}

Status SegmentIndex::verify() const {
  // The snapshot keeps the files; the manifest on the disk may be a newer one by the time it is
  // read.
  const auto snapshot = history_.newest();
  TRY_ASSIGN(const auto manifest, directory_.read());
  if (!manifest || manifest->sequence < snapshot->sequence()) {
    return inconsistent(directory_, "it is older than what is served");
  }
  for (const SegmentViewPtr& view : snapshot->views()) TRY(view->segment().verify());
  return {};
}

}  // namespace maester::retrieval
