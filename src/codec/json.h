// Reading JSON (RFC 8259), strictly: a parsed Document is a flat array of nodes over the source
// text.
//
// Every node knows the range of source bytes it was read from, so a caller can read two fields and
// forward the rest of the text untouched, or splice one value out (json::Edit). Numbers keep their
// text: money and 64-bit counts never pass through a double. The reader is our own
// (docs/adr/0003-json-reader.md has the measurements against simdjson).
//
//   TRY_ASSIGN(json::Document doc, json::Document::parse(body));
//   TRY_ASSIGN(std::string_view model, doc.root().get("model").as_string());
//
// A Document owns a padded copy of the text and all strings; Values are views into it and die with
// it. Not thread-safe; moving a Document keeps its Values valid.
#pragma once

#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace maester::json {

enum class Kind : std::uint8_t { absent, null, boolean, number, string, array, object };

// Bounds that are checked while reading, before anything is kept (RULES.md §7).
struct Limits {
  std::uint32_t depth = 64;
  std::uint32_t keys = 10'000;       // of all objects together
  std::uint32_t values = 1'000'000;  // nodes in all
};

namespace detail {
struct Tree;  // codec/json_tree.h
}

class Document;

// A view of one value; `absent` when a look-up found nothing, on which every as_*() fails naming
// the path.
class Value {
 public:
  Value() = default;

  Kind kind() const;
  bool exists() const { return kind() != Kind::absent; }
  bool is_null() const { return kind() == Kind::null; }
  bool is_string() const { return kind() == Kind::string; }
  bool is_object() const { return kind() == Kind::object; }
  bool is_array() const { return kind() == Kind::array; }
  bool is_number() const { return kind() == Kind::number; }
  bool is_bool() const { return kind() == Kind::boolean; }
  // True for null and for absent: most providers mean the same by both.
  bool empty() const { return !exists() || is_null(); }

  // Each fails with Code::invalid_request, `param` = path() and a sentence such as
  // "`max_tokens` must be an integer, not a string."
  Result<std::string_view> as_string() const;  // unescaped UTF-8
  Result<bool> as_bool() const;
  Result<std::int64_t> as_int()
      const;  // by value: 2, 2.0 and 2e0 are one integer; 2.5 and 1e30 are errors
  Result<double> as_double() const;  // an error past the range of doubles; 0 below it
  Result<std::string_view> as_number_text() const;  // as it stands in the source

  // Quiet forms for optional fields: the fallback when absent, null or of another kind.
  std::string_view string_or(std::string_view fallback) const;
  std::int64_t int_or(std::int64_t fallback) const;
  bool bool_or(bool fallback) const;

  // Member of an object, element of an array (both by a scan: iterate to visit all); absent when
  // this is of another kind or has none. An absent Value keeps a view of `key` for its path(). With
  // duplicate keys get() answers the first; interpreted levels are to be checked with
  // duplicate_key().
  Value get(std::string_view key) const;
  Value at(std::size_t index) const;
  std::size_t size() const;  // members or elements, else 0
  // The first key that stands twice in this object.
  std::optional<std::string_view> duplicate_key() const;

  // The bytes it was read from, and their place in Document::text(). For a member, key_begin() is
  // where its key's opening quote stands.
  std::string_view raw() const;
  std::size_t begin_offset() const;
  std::size_t end_offset() const;
  std::size_t key_begin() const;
  std::string_view key() const;  // of an object's member, unescaped; "" otherwise

  // "messages[2].content": for messages to a person. "" for the root. Of an absent value: where it
  // would stand.
  std::string path() const;

  // Iterates members (key() names each) or elements.
  class Iterator {
   public:
    using value_type = Value;
    using difference_type = std::ptrdiff_t;
    Value operator*() const { return Value(tree_, node_, parent_); }
    Iterator& operator++();
    Iterator operator++(int);
    bool operator==(const Iterator& o) const { return node_ == o.node_; }

   private:
    friend class Value;
    Iterator(const detail::Tree* tree, std::uint32_t node, std::uint32_t parent)
        : tree_(tree), node_(node), parent_(parent) {}
    const detail::Tree* tree_;
    std::uint32_t node_;
    std::uint32_t parent_;
  };
  Iterator begin() const;
  Iterator end() const;

 private:
  friend class Document;
  friend class Edit;
  static constexpr std::uint32_t kNone = 0xffffffff;
  Error wrong_kind(std::string_view wanted) const;
  bool is_member() const;
  Value(const detail::Tree* tree, std::uint32_t node, std::uint32_t parent)
      : tree_(tree), node_(node), parent_(parent) {}
  const detail::Tree* tree_ = nullptr;
  std::uint32_t node_ = kNone;
  std::uint32_t parent_ = kNone;
  std::string_view missing_;  // the key that was looked up, for path()
};

class Document {
 public:
  Document();
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  // Fails with Code::invalid_request and "line L, column C" of the fault; Code::too_large past a
  // limit. Refuses invalid UTF-8, \u escapes that are half of a surrogate pair, a byte-order mark,
  // and anything after the value but white space.
  static Result<Document> parse(std::string_view text, const Limits& limits = {});
  // Re-reads into this document and keeps its memory: for a stream's chunks.
  // `text` must not be this document's own. After a failure root() is absent. Values of before are
  // void.
  Status reparse(std::string_view text, const Limits& limits = {});

  Value root() const;
  std::string_view text() const;

 private:
  std::unique_ptr<detail::Tree> tree_;
};

// A new text made of an old one with some values replaced, members removed or added; the rest byte
// for byte.
//
// Changes may come in any order. Changes inside of a value that is replaced or removed are dropped
// with it; of two replacements of one value the first counts. Changes to absent values, and
// removals of what is no member, do nothing. REQUIRES: the Document outlives the Edit and is not
// read anew meanwhile.
class Edit {
 public:
  explicit Edit(const Document& doc) : doc_(doc) {}
  void replace(Value value, std::string new_json);
  void remove_member(Value member);  // with its key and one comma
  void add_member(Value object, std::string_view key, std::string_view value_json);  // at its end
  std::string apply() const;

 private:
  struct Change {
    std::size_t from, to;
    std::string text;
  };
  struct Added {
    Value object;
    std::string text;
  };
  bool removed(const Value& member) const;
  void edit_object(const Value& object, std::vector<Change>& out) const;
  const Document& doc_;
  std::vector<Change> changes_;
  std::vector<Value> removed_;
  std::vector<Added> added_;
};

// Appends `text` as a JSON string with its quotes. Ill-formed UTF-8 becomes U+FFFD.
void append_string(std::string& out, std::string_view text);
std::string quote(std::string_view text);

}  // namespace maester::json
