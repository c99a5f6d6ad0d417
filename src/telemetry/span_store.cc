#include "telemetry/span_store.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "base/hash.h"
#include "base/thread.h"
#include "telemetry/span_segment.h"

namespace maester::telemetry {
namespace {

constexpr std::size_t kStripes = 8;
constexpr std::size_t kWakeAt = 256;      // traces in one stripe that call the writer early
constexpr std::size_t kMaxRecords = 100;  // requests of one trace that are answered together
constexpr std::size_t kMaxSegmentsPerPage = 64;

std::size_t stripe_of_thread() {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t mine = next.fetch_add(1, std::memory_order_relaxed);
  return mine % kStripes;
}

std::int64_t hour_of(WallTime time) {
  return std::chrono::floor<std::chrono::hours>(time).time_since_epoch().count();
}

// A place in the listing: everything before `position` of segment `number`, and all older segments.
struct Cursor {
  std::uint64_t number;
  std::uint64_t position;

  std::string to_string() const { return std::to_string(number) + "." + std::to_string(position); }

  static std::optional<Cursor> parse(std::string_view text) {
    Cursor out{};
    const char* end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, out.number);
    if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.') return std::nullopt;
    const auto second = std::from_chars(first.ptr + 1, end, out.position);
    if (second.ec != std::errc{} || second.ptr != end) return std::nullopt;
    return out;
  }
};

std::string spans_json(const TraceId& id, const std::vector<SpanRecord>& records) {
  std::string out = "{\"trace_id\":\"" + id.to_string() + "\",\"spans\":[";
  for (const SpanRecord& record : records) {
    if (&record != &records.front()) out += ',';
    out += record.spans;
  }
  return out + "]}";
}

}  // namespace

struct SpanStore::Impl {
  using SegmentPtr = std::shared_ptr<SpanSegment>;

  Impl(const Clock& clock, SpanStoreConfig config) : clock_(clock), config_(std::move(config)) {}

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    work_.notify_one();
    if (writer_.joinable()) writer_.join();
  }

  Status open();
  void start() {
    writer_ = std::thread([this] {
      name_background_thread("spans");
      run();
    });
  }

  // ---- the request path
  void record(FinishedTrace finished) {
    if (finished.trace.spans().empty()) return;
    if (buffered_.fetch_add(1, std::memory_order_relaxed) >= config_.max_buffered) {
      buffered_.fetch_sub(1, std::memory_order_relaxed);
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    recorded_.fetch_add(1, std::memory_order_relaxed);
    Stripe& stripe = stripes_[stripe_of_thread()];
    bool wake = false;
    {
      const std::lock_guard lock(stripe.mutex);
      stripe.traces.push_back(std::move(finished));
      wake = stripe.traces.size() == kWakeAt;
    }
    if (!wake) return;
    {
      const std::lock_guard lock(mutex_);
      hurry_ = true;
    }
    work_.notify_one();
  }

  void flush() {
    std::unique_lock lock(mutex_);
    const std::uint64_t ticket = ++flush_wanted_;
    work_.notify_one();
    flushed_.wait(lock, [&] { return flush_done_ >= ticket; });
  }

  // ---- readers
  // The segments, oldest first.
  std::vector<SegmentPtr> segments() const {
    const std::lock_guard lock(mutex_);
    return {segments_.begin(), segments_.end()};
  }

  template <class Id>
  std::vector<SpanRecord> collect(std::string_view tenant, const Id& id) const {
    std::vector<SpanRecord> records;
    for (const SegmentPtr& segment : segments()) {
      for (const std::uint64_t offset : segment->find(id)) {
        auto record = segment->read(offset);
        if (!record || record->tenant != tenant || !has_id(*record, id)) continue;
        records.push_back(std::move(*record));
        if (records.size() == kMaxRecords) return records;
      }
    }
    return records;
  }

  Result<TracePage> list(std::string_view tenant, std::size_t limit,
                         std::optional<Cursor> from) const;
  SpanStoreStats stats() const;

 private:
  struct alignas(64) Stripe {
    std::mutex mutex;
    std::vector<FinishedTrace> traces;
  };

  static bool has_id(const SpanRecord& record, const TraceId& id) {
    return record.summary.trace_id == id;
  }
  static bool has_id(const SpanRecord& record, const Uuid& id) {
    return record.summary.request_id == id;
  }

  // ---- the writer's thread
  void run();
  void write_buffered();
  void write(const std::vector<FinishedTrace>& traces);
  Status roll(std::int64_t hour);
  void drop_old();

  const Clock& clock_;
  const SpanStoreConfig config_;
  std::array<Stripe, kStripes> stripes_;
  std::atomic<std::size_t> buffered_{0};
  std::atomic<std::uint64_t> recorded_{0}, written_{0}, dropped_{0};

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable work_, flushed_;
  bool stopping_ = false, hurry_ = false;
  std::uint64_t flush_wanted_ = 0, flush_done_ = 0;
  std::deque<SegmentPtr> segments_;  // oldest first; changed by the writer only

  SegmentPtr open_;  // the writer's; the last of segments_, or none yet
  std::uint64_t next_number_ = 1;
  std::thread writer_;
};

Status SpanStore::Impl::open() {
  std::error_code error;
  std::filesystem::create_directories(config_.directory, error);
  std::filesystem::directory_iterator it(config_.directory, error);
  if (error) {
    return fail(Code::io_error, "The folder for spans cannot be used.", {},
                config_.directory + ": " + error.message());
  }
  std::vector<SegmentName> names;
  for (; it != std::filesystem::directory_iterator(); it.increment(error)) {
    if (error) break;
    if (it->path().extension() != ".spans") continue;
    if (const auto name = SegmentName::parse(it->path().stem().string())) names.push_back(*name);
  }
  std::ranges::sort(names, {}, &SegmentName::number);
  for (const SegmentName& name : names) {
    next_number_ = name.number + 1;
    if (auto segment = SpanSegment::load(config_.directory, name)) {
      if ((*segment)->records() > 0)
        segments_.push_back(std::move(*segment));
      else
        (*segment)->remove_files();
    }
  }
  drop_old();
  return {};
}

void SpanStore::Impl::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait_for(lock, config_.flush_every,
                   [this] { return stopping_ || hurry_ || flush_wanted_ > flush_done_; });
    const bool last = stopping_;
    const std::uint64_t ticket = flush_wanted_;
    hurry_ = false;
    lock.unlock();
    write_buffered();
    drop_old();
    lock.lock();
    flush_done_ = ticket;
    flushed_.notify_all();
    if (last) break;
  }
  lock.unlock();
  if (open_) (void)open_->seal();  // a start would do it again
}

void SpanStore::Impl::write_buffered() {
  for (Stripe& stripe : stripes_) {
    std::vector<FinishedTrace> traces;
    {
      const std::lock_guard lock(stripe.mutex);
      traces.swap(stripe.traces);
    }
    if (traces.empty()) continue;
    buffered_.fetch_sub(traces.size(), std::memory_order_relaxed);
    write(traces);
  }
}

void SpanStore::Impl::write(const std::vector<FinishedTrace>& traces) {
  std::string bytes;
  std::vector<SpanEntry> entries;
  entries.reserve(traces.size());
  for (const FinishedTrace& finished : traces) {
    const std::uint64_t offset = bytes.size();
    append_record(bytes, finished);
    entries.push_back({finished.trace.id(), finished.request_id, offset,
                       static_cast<std::uint32_t>(bytes.size() - offset - kRecordHeaderBytes),
                       crc32c(finished.tenant)});
  }
  const std::int64_t hour = hour_of(clock_.wall());
  const bool full = open_ && open_->bytes() >= config_.segment_bytes;
  if ((!open_ || full || open_->name().hour != hour) && !roll(hour)) {
    dropped_.fetch_add(traces.size(), std::memory_order_relaxed);
    return;
  }
  const bool done = open_->append(bytes, std::move(entries)).has_value();
  (done ? written_ : dropped_).fetch_add(traces.size(), std::memory_order_relaxed);
}

// Seals the open segment and begins one of this hour.
Status SpanStore::Impl::roll(std::int64_t hour) {
  if (open_) TRY(open_->seal());
  open_.reset();
  TRY_ASSIGN(open_, SpanSegment::create(config_.directory, SegmentName{next_number_, hour}));
  ++next_number_;
  const std::lock_guard lock(mutex_);
  segments_.push_back(open_);
  return {};
}

void SpanStore::Impl::drop_old() {
  const std::int64_t oldest = hour_of(clock_.wall()) - 24 * std::int64_t{config_.retention_days};
  const std::lock_guard lock(mutex_);
  std::uint64_t total = 0;
  for (const SegmentPtr& segment : segments_) total += segment->bytes();
  while (!segments_.empty() && segments_.front() != open_) {
    const SegmentPtr first = segments_.front();
    if (first->name().hour >= oldest && total <= config_.max_bytes) break;
    total -= first->bytes();
    segments_.pop_front();
    first->remove_files();
  }
}

Result<TracePage> SpanStore::Impl::list(std::string_view tenant, std::size_t limit,
                                        std::optional<Cursor> from) const {
  TracePage page;
  std::size_t visited = 0;
  const auto all = segments();
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    const SpanSegment& segment = **it;
    const std::uint64_t number = segment.name().number;
    if (from && number > from->number) continue;
    if (page.traces.size() == limit || ++visited > kMaxSegmentsPerPage) {
      page.next_cursor = Cursor{number, segment.records()}.to_string();
      return page;
    }
    const std::size_t before = from && number == from->number ? from->position : SIZE_MAX;
    const auto places = segment.list(crc32c(tenant), before, limit - page.traces.size() + 1);
    for (const auto& place : places) {
      if (page.traces.size() == limit) {
        page.next_cursor = Cursor{number, place.position + 1}.to_string();
        return page;
      }
      auto record = segment.read(place.offset);
      if (record && record->tenant == tenant) page.traces.push_back(std::move(record->summary));
    }
  }
  return page;
}

SpanStoreStats SpanStore::Impl::stats() const {
  SpanStoreStats out;
  out.recorded = recorded_.load(std::memory_order_relaxed);
  out.written = written_.load(std::memory_order_relaxed);
  out.dropped = dropped_.load(std::memory_order_relaxed);
  for (const SegmentPtr& segment : segments()) {
    ++out.segments;
    out.bytes += segment->bytes();
  }
  return out;
}

Result<std::unique_ptr<SpanStore>> SpanStore::open(const Clock& clock, SpanStoreConfig config) {
  std::unique_ptr<SpanStore> store(new SpanStore());
  store->impl_ = std::make_unique<Impl>(clock, std::move(config));
  TRY(store->impl_->open());
  store->impl_->start();
  return store;
}

SpanStore::~SpanStore() = default;
void SpanStore::record(FinishedTrace finished) {
  impl_->record(std::move(finished));
}
void SpanStore::flush() {
  impl_->flush();
}
SpanStoreStats SpanStore::stats() const {
  return impl_->stats();
}

Result<std::string> SpanStore::find(std::string_view tenant, const TraceId& id) {
  flush();
  const auto records = impl_->collect(tenant, id);
  if (records.empty()) return fail(Code::not_found, "There is no such trace.");
  return spans_json(id, records);
}

Result<std::string> SpanStore::find(std::string_view tenant, const Uuid& request_id) {
  flush();
  const auto records = impl_->collect(tenant, request_id);
  if (records.empty()) return fail(Code::not_found, "There is no trace of such a request.");
  return spans_json(records.front().summary.trace_id, records);
}

Result<TracePage> SpanStore::list(std::string_view tenant, std::size_t limit,
                                  std::string_view cursor) {
  std::optional<Cursor> from;
  if (!cursor.empty()) {
    from = Cursor::parse(cursor);
    if (!from) return fail(Code::invalid_request, "The cursor is not one of ours.", "cursor");
  }
  flush();
  return impl_->list(tenant, limit, from);
}

}  // namespace maester::telemetry
