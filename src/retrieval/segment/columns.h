// Which documents have which values: one column for the groups and one for each name of the
// metadata (docs/formats/segment.md, Columns).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "retrieval/index.h"
#include "retrieval/segment/bytes.h"

namespace maester::retrieval {

// REQUIRES: documents are added in rising order.
class ColumnBuilder {
 public:
  void add(std::uint32_t document, const FieldValue& value);
  std::string finish() const;

 private:
  using Lists = std::vector<std::uint32_t>;
  std::map<std::string, Lists> strings_;
  std::map<double, Lists> numbers_;
  std::map<bool, Lists> truths_;
};

class Column {
 public:
  Column() = default;
  explicit Column(std::string_view bytes);

  using Sink = std::function<void(std::uint32_t document)>;
  // Documents that have the value, or one between `low` and `high`, both included (absent = open;
  // of the same kind as the one that is there). In no order, perhaps more than once, unchecked.
  void equal(const FieldValue& value, const Sink& sink) const;
  void between(const std::optional<FieldValue>& low, const std::optional<FieldValue>& high,
               const Sink& sink) const;
  // Every value of every document: the way to write the column again.
  void each(const std::function<void(std::uint32_t document, FieldValue value)>& sink) const;

 private:
  template <class Value>
  struct Part {
    std::uint32_t size = 0;
    Array<Value> values;  // of strings: ends in the heap
    Array<std::uint32_t> ends, documents;
    std::string_view heap;
  };
  template <class Part>
  static void give(const Part& part, std::size_t begin, std::size_t end, const Sink& sink);
  std::string_view string_at(std::size_t i) const;
  template <class Value>
  static bool read(class Reader& reader, Part<Value>& part);

  Part<std::uint32_t> strings_;
  Part<double> numbers_;
  Part<std::uint8_t> truths_;
};

}  // namespace maester::retrieval
