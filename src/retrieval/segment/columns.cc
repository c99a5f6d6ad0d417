#include "retrieval/segment/columns.h"

#include <algorithm>
#include <cmath>

namespace maester::retrieval {
namespace {

void pad(std::string& out) {
  out.append((4 - out.size() % 4) % 4, '\0');
}

// Values, ends, lists.
template <class Map, class PutValue>
void put_part(std::string& out, const Map& lists, const PutValue& put_value) {
  put(out, static_cast<std::uint32_t>(lists.size()));
  put(out, std::uint32_t{0});
  for (const auto& [value, documents] : lists) put_value(value);
  pad(out);
  std::uint32_t end = 0;
  for (const auto& [value, documents] : lists) {
    end += static_cast<std::uint32_t>(documents.size());
    put(out, end);
  }
  for (const auto& [value, documents] : lists) {
    for (const std::uint32_t document : documents) put(out, document);
  }
}

void add_to(std::vector<std::uint32_t>& documents, std::uint32_t document) {
  if (documents.empty() || documents.back() != document) documents.push_back(document);
}

// The first i of 0..size-1 for which below(i) is false; below() is true up to some i.
template <class Below>
std::size_t first_not(std::size_t size, const Below& below) {
  std::size_t low = 0;
  while (size > 0) {
    const std::size_t half = size / 2;
    if (below(low + half)) {
      low += half + 1;
      size -= half + 1;
    } else {
      size = half;
    }
  }
  return low;
}

}  // namespace

void ColumnBuilder::add(std::uint32_t document, const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    add_to(strings_[*text], document);
  } else if (const auto* number = std::get_if<double>(&value)) {
    if (!std::isnan(*number)) add_to(numbers_[*number == 0 ? 0.0 : *number], document);
  } else {
    add_to(truths_[std::get<bool>(value)], document);
  }
}

std::string ColumnBuilder::finish() const {
  std::string out;
  std::uint32_t end = 0;
  put_part(out, strings_, [&](const std::string& value) {
    end += static_cast<std::uint32_t>(value.size());
    put(out, end);
  });
  for (const auto& [value, documents] : strings_) out += value;
  pad(out);
  put_part(out, numbers_, [&](double value) { put(out, value); });
  put_part(out, truths_, [&](bool value) { out.push_back(value ? 1 : 0); });
  return out;
}

template <class Value>
bool Column::read(Reader& reader, Part<Value>& part) {
  const auto size = reader.fixed<std::uint32_t>();
  reader.fixed<std::uint32_t>();
  const std::uint64_t bytes = (std::uint64_t{size} * sizeof(Value) + 3) / 4 * 4;
  part.values = Array<Value>(reader.take(bytes));
  part.ends = Array<std::uint32_t>(reader.take(std::uint64_t{size} * 4));
  const std::uint64_t documents = size > 0 ? part.ends[size - 1] : 0;
  part.documents = Array<std::uint32_t>(reader.take(documents * 4));
  part.size = reader.ok() ? size : 0;
  return reader.ok();
}

Column::Column(std::string_view bytes) {
  Reader reader(bytes);
  if (!read(reader, strings_)) return;
  const std::uint64_t heap = strings_.size > 0 ? strings_.values[strings_.size - 1] : 0;
  strings_.heap = reader.take((heap + 3) / 4 * 4);
  if (!reader.ok()) strings_.size = 0;
  if (!read(reader, numbers_)) return;
  read(reader, truths_);
}

std::string_view Column::string_at(std::size_t i) const {
  const std::uint32_t begin = i == 0 ? 0 : strings_.values[i - 1];
  const std::uint32_t end = strings_.values[i];
  return begin <= end ? slice(strings_.heap, begin, end - begin) : std::string_view();
}

template <class Part>
void Column::give(const Part& part, std::size_t begin, std::size_t end, const Sink& sink) {
  if (begin >= end) return;
  const std::uint32_t first = begin == 0 ? 0 : part.ends[begin - 1];
  const auto documents = part.documents.part(first, part.ends[end - 1]);
  for (std::size_t i = 0; i < documents.size(); ++i) sink(documents[i]);
}

void Column::equal(const FieldValue& value, const Sink& sink) const {
  between(value, value, sink);
}

void Column::between(const std::optional<FieldValue>& low, const std::optional<FieldValue>& high,
                     const Sink& sink) const {
  const FieldValue& kind = low ? *low : *high;
  const auto range = [&](const auto& part, const auto& at, auto typed) {
    using Value = decltype(typed);
    const std::size_t begin =
        low ? first_not(part.size, [&](std::size_t i) { return at(i) < std::get<Value>(*low); })
            : 0;
    const std::size_t end =
        high ? first_not(part.size, [&](std::size_t i) { return at(i) <= std::get<Value>(*high); })
             : part.size;
    give(part, begin, end, sink);
  };
  if (std::holds_alternative<std::string>(kind)) {
    range(strings_, [&](std::size_t i) { return string_at(i); }, std::string());
  } else if (std::holds_alternative<double>(kind)) {
    range(numbers_, [&](std::size_t i) { return numbers_.values[i]; }, double());
  } else {
    range(truths_, [&](std::size_t i) { return truths_.values[i] != 0; }, bool());
  }
}

void Column::each(const std::function<void(std::uint32_t document, FieldValue value)>& sink) const {
  const auto all = [&](const auto& part, const auto& make) {
    for (std::size_t i = 0; i < part.size; ++i) {
      give(part, i, i + 1, [&](std::uint32_t document) { sink(document, make(i)); });
    }
  };
  all(strings_, [&](std::size_t i) { return FieldValue(std::string(string_at(i))); });
  all(numbers_, [&](std::size_t i) { return FieldValue(numbers_.values[i]); });
  all(truths_, [&](std::size_t i) { return FieldValue(truths_.values[i] != 0); });
}

}  // namespace maester::retrieval
