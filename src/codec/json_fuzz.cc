// Oracles: what is read prints to text that reads to an equal value; ranges lie in order within the
// source; memory is bounded by the text; a removed member is gone and the rest still reads.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "codec/json.h"
#include "codec/json_equal.h"
#include "codec/json_writer.h"

namespace {

using namespace maester::json;

void require(bool holds) {
  if (!holds) std::abort();
}

void print(Writer& out, const Value& value, std::size_t& nodes) {
  ++nodes;
  require(value.begin_offset() < value.end_offset());
  require(value.key_begin() <= value.begin_offset());
  switch (value.kind()) {
    case Kind::absent:
      std::abort();
    case Kind::null:
      out.null();
      return;
    case Kind::boolean:
      out.value(*value.as_bool());
      return;
    case Kind::number:
      (void)value.as_double();
      (void)value.as_int();
      out.raw(value.raw());
      return;
    case Kind::string:
      out.value(*value.as_string());
      return;
    case Kind::array:
    case Kind::object:
      break;
  }
  const bool object = value.is_object();
  object ? out.begin_object() : out.begin_array();
  std::size_t at = value.begin_offset();
  for (const Value part : value) {
    require(part.key_begin() > at && part.end_offset() < value.end_offset());
    at = part.end_offset();
    if (object) out.key(part.key());
    print(out, part, nodes);
  }
  object ? out.end_object() : out.end_array();
}

void edit(const Document& doc) {
  Edit edit(doc);
  std::size_t removed = 0;
  for (const Value member : doc.root()) {
    if (removed % 2 == 0) edit.remove_member(member);
    ++removed;
  }
  edit.add_member(doc.root(), "added", "[1]");
  const auto after = Document::parse(edit.apply());
  require(after.has_value());
  require(after->root().size() == removed / 2 + 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Document doc;
  const maester::Status status = doc.reparse(text, {.depth = 60});
  if (!status) {
    require(!status.error().message.empty() && !doc.root().exists());
    return 0;
  }
  std::string once;
  Writer writer(once);
  std::size_t nodes = 0;
  print(writer, doc.root(), nodes);
  require(nodes <= size);
  const auto again = Document::parse(once, {.depth = 60});
  require(again.has_value());
  require(equal(doc.root(), again->root()));
  require(hash(doc.root()) == hash(again->root()));
  if (doc.root().is_object()) edit(doc);
  return 0;
}
