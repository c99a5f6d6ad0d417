#include "retrieval/index/filter.h"

#include <algorithm>

namespace maester::retrieval {
namespace {

using Op = Condition::Op;

std::unexpected<Error> refuse(const Condition& condition, const char* why) {
  return fail(Code::invalid_request, "The filter on \"" + condition.field + "\" cannot be: " + why,
              "filters");
}

bool is_range(Op op) {
  return op == Op::gte || op == Op::lte;
}

// Documents of the segment with a flag each.
class DocumentSet {
 public:
  explicit DocumentSet(const Segment& segment)
      : segment_(segment), set_(segment.counts().documents) {}
  Column::Sink sink() {
    return [this](std::uint32_t document) {
      if (document < set_.size()) set_.set(document);  // a damaged column may say anything
    };
  }
  Bitmap take() { return std::move(set_); }

  void by_id(const FieldValue& value) {
    const auto id = Uuid::parse(std::get<std::string>(value));
    const auto ordinal = id ? segment_.find(*id) : std::nullopt;
    if (ordinal) set_.set(*ordinal);
  }
  void by_title(const Condition& condition, const FieldValue& value) {
    const auto& wanted = std::get<std::string>(value);
    for (std::uint32_t d = 0; d < segment_.counts().documents; ++d) {
      const std::string_view title = segment_.title_of(segment_.document(d));
      const bool fits = condition.op == Op::gte   ? title >= wanted
                        : condition.op == Op::lte ? title <= wanted
                                                  : title == wanted;
      if (fits) set_.set(d);
    }
  }
  void by_source(const Condition& condition, const FieldValue& value) {
    const auto* wanted = &std::get<std::string>(value);
    segment_.sources_between(condition.op == Op::lte ? nullptr : wanted,
                             condition.op == Op::gte ? nullptr : wanted, sink());
  }
  void by_column(const Column& column, const Condition& condition, const FieldValue& value) {
    using Bound = std::optional<FieldValue>;
    column.between(condition.op == Op::lte ? Bound() : Bound(value),
                   condition.op == Op::gte ? Bound() : Bound(value), sink());
  }

 private:
  const Segment& segment_;
  Bitmap set_;
};

Bitmap documents_that_meet(const Segment& segment, const Condition& condition) {
  DocumentSet set(segment);
  const Column* column = segment.field(condition.field);
  for (const FieldValue& value : condition.values) {
    if (condition.field == "document_id") {
      set.by_id(value);
    } else if (condition.field == "source_id") {
      set.by_source(condition, value);
    } else if (condition.field == "title") {
      set.by_title(condition, value);
    } else if (column != nullptr) {
      set.by_column(*column, condition, value);
    }
  }
  if (condition.op != Op::not_equal) return set.take();
  Bitmap others(segment.counts().documents, true);
  others.subtract(set.take());
  return others;
}

Bitmap readable(const Segment& segment, const std::vector<std::string>& groups) {
  DocumentSet set(segment);
  const Column::Sink sink = set.sink();
  for (std::size_t i = 0; i < segment.open_documents().size(); ++i) {
    sink(segment.open_documents()[i]);
  }
  for (const std::string& group : groups) segment.groups().equal(group, sink);
  return set.take();
}

Bitmap chunks_of(const Segment& segment, const Bitmap& documents) {
  Bitmap chunks(segment.counts().chunks);
  for (std::size_t w = 0; w < documents.words().size(); ++w) {
    for (std::uint64_t word = documents.words()[w]; word != 0; word &= word - 1) {
      const auto document =
          static_cast<std::uint32_t>(w * 64 + static_cast<std::size_t>(std::countr_zero(word)));
      const auto [begin, end] = segment.chunks_of(document);
      chunks.set_range(begin, end);
    }
  }
  return chunks;
}

}  // namespace

Status check_conditions(std::span<const Condition> conditions) {
  for (const Condition& condition : conditions) {
    if (condition.op == Op::in ? condition.values.empty() : condition.values.size() != 1) {
      return refuse(condition,
                    condition.op == Op::in ? "it names no value." : "it needs exactly one value.");
    }
    const bool own = condition.field == "document_id" || condition.field == "source_id" ||
                     condition.field == "title";
    for (const FieldValue& value : condition.values) {
      if (own && !std::holds_alternative<std::string>(value)) {
        return refuse(condition, "its value must be a string.");
      }
      if (condition.field == "document_id" &&
          (is_range(condition.op) || !Uuid::parse(std::get<std::string>(value)))) {
        return refuse(condition, "its value must be a document's id, compared for equality.");
      }
      if (is_range(condition.op) && std::holds_alternative<bool>(value)) {
        return refuse(condition, "true and false have no order; compare a number or a string.");
      }
    }
  }
  return {};
}

namespace {

// What the set depends on beside the view; equal keys have equal sets.
std::string key_of(const Query& query) {
  std::string key;
  const auto put_text = [&](std::string_view text) {
    put_varint(key, text.size());
    key += text;
  };
  std::vector<std::string> groups = query.groups;
  std::sort(groups.begin(), groups.end());
  put_varint(key, groups.size());
  for (const std::string& group : groups) put_text(group);
  for (const Condition& condition : query.filters) {
    key.push_back(static_cast<char>(condition.op));
    put_text(condition.field);
    put_varint(key, condition.values.size());
    for (const FieldValue& value : condition.values) {
      key.push_back(static_cast<char>(value.index()));
      if (const auto* text = std::get_if<std::string>(&value)) put_text(*text);
      if (const auto* number = std::get_if<double>(&value)) put(key, *number);
      if (const auto* truth = std::get_if<bool>(&value)) put(key, *truth);
    }
  }
  return key;
}

Bitmap filtered(const SegmentView& view, const Query& query, bool all_open) {
  const Segment& segment = view.segment();
  Bitmap documents =
      all_open ? Bitmap(segment.counts().documents, true) : readable(segment, query.groups);
  for (const Condition& condition : query.filters) {
    documents.intersect(documents_that_meet(segment, condition));
  }
  Bitmap chunks = chunks_of(segment, documents);
  if (view.living_chunks() != nullptr) chunks.intersect(*view.living_chunks());
  return chunks;
}

}  // namespace

std::shared_ptr<const Bitmap> allowed_chunks(const SegmentView& view, const Query& query) {
  const Segment& segment = view.segment();
  const bool all_open = segment.open_documents().size() >= segment.counts().documents;
  if (all_open && query.filters.empty()) {
    // The view's own set, held by the caller's hold on the view.
    return {std::shared_ptr<const Bitmap>(), view.living_chunks()};
  }
  std::string key = key_of(query);
  if (auto known = view.filters().find(key)) return known;
  auto made = std::make_shared<const Bitmap>(filtered(view, query, all_open));
  view.filters().keep(std::move(key), made);
  return made;
}

}  // namespace maester::retrieval
