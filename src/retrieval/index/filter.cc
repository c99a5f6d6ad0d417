#include "retrieval/index/filter.h"

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
      for (std::uint32_t c = begin; c < end; ++c) chunks.set(c);
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

std::shared_ptr<const Bitmap> allowed_chunks(const SegmentView& view, const Query& query) {
  const Segment& segment = view.segment();
  std::optional<Bitmap> documents;
  if (segment.open_documents().size() < segment.counts().documents) {
    documents = readable(segment, query.groups);
  }
  for (const Condition& condition : query.filters) {
    Bitmap met = documents_that_meet(segment, condition);
    if (documents)
      documents->intersect(met);
    else
      documents = std::move(met);
  }
  if (!documents) {
    // The view's own set, held by the caller's hold on the view.
    return {std::shared_ptr<const Bitmap>(), view.living_chunks()};
  }
  auto chunks = std::make_shared<Bitmap>(chunks_of(segment, *documents));
  if (view.living_chunks() != nullptr) chunks->intersect(*view.living_chunks());
  return chunks;
}

}  // namespace maester::retrieval
