#include "retrieval/analysis/analyser.h"
#include "retrieval/index/manifest.h"
#include "retrieval/index/snapshot.h"

namespace maester::retrieval {

Snapshot::Files SegmentSnapshot::files() const {
  Files out;
  Manifest manifest;
  manifest.sequence = sequence_;
  manifest.settings = settings_;
  manifest.analysis_version = kAnalysisVersion;
  for (const SegmentViewPtr& view : views_) {
    const Segment& segment = view->segment();
    manifest.segments.push_back({segment.number(), segment.bytes(), segment.counts().documents,
                                 segment.counts().chunks, view->dead()});
    manifest.next_segment = segment.number() + 1;
    out.segments.push_back(segment.path());
  }
  out.manifest = encode_manifest(manifest);
  return out;
}

}  // namespace maester::retrieval
