#include "codec/json_canonical.h"

#include <algorithm>
#include <vector>

namespace maester::json {
namespace {

void append_object(std::string& out, const Value& object,
                   std::span<const std::string_view> leave_out) {
  std::vector<Value> members;
  members.reserve(object.size());
  for (const Value member : object) {
    if (std::ranges::find(leave_out, member.key()) == leave_out.end()) members.push_back(member);
  }
  // Stable: of members with one key the order means something to whoever reads them.
  std::ranges::stable_sort(members, {}, [](const Value& member) { return member.key(); });
  out += '{';
  for (const Value& member : members) {
    if (out.back() != '{') out += ',';
    append_string(out, member.key());
    out += ':';
    append_canonical(out, member);
  }
  out += '}';
}

}  // namespace

void append_canonical(std::string& out, const Value& value,
                      std::span<const std::string_view> leave_out) {
  switch (value.kind()) {
    case Kind::absent:
      return;
    case Kind::null:
    case Kind::boolean:
    case Kind::number:
      out += value.raw();
      return;
    case Kind::string:
      append_string(out, value.string_or(""));
      return;
    case Kind::array:
      out += '[';
      for (const Value item : value) {
        if (out.back() != '[') out += ',';
        append_canonical(out, item);
      }
      out += ']';
      return;
    case Kind::object:
      append_object(out, value, leave_out);
      return;
  }
}

}  // namespace maester::json
