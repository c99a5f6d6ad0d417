#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "codec/json.h"

namespace maester::json {

void Edit::replace(Value value, std::string new_json) {
  if (!value.exists()) return;
  changes_.push_back({value.begin_offset(), value.end_offset(), std::move(new_json)});
}

void Edit::remove_member(Value member) {
  if (member.is_member() && !removed(member)) removed_.push_back(member);
}

void Edit::add_member(Value object, std::string_view key, std::string_view value_json) {
  if (!object.is_object()) return;
  std::string text;
  append_string(text, key);
  text += ':';
  text += value_json;
  added_.push_back({object, std::move(text)});
}

bool Edit::removed(const Value& member) const {
  return std::ranges::any_of(removed_, [&](const Value& one) { return one.node_ == member.node_; });
}

// The cuts and the insertion in one object: a removed member takes the comma behind it, the removed
// ones at the end take the comma before them, and what is added follows the last member that stays.
void Edit::edit_object(const Value& object, std::vector<Change>& out) const {
  Value last_kept;
  std::size_t cut_from =
      object.begin_offset() + 1;  // where the removed run before the current member begins
  bool in_run = false;
  std::size_t run_end = 0;
  for (const Value member : object) {
    if (removed(member)) {
      if (!in_run) cut_from = member.key_begin();
      in_run = true;
      run_end = member.end_offset();
      continue;
    }
    if (in_run) out.push_back({cut_from, member.key_begin(), {}});
    in_run = false;
    last_kept = member;
  }
  if (in_run) out.push_back({last_kept.exists() ? last_kept.end_offset() : cut_from, run_end, {}});
  std::string text;
  for (const Added& one : added_) {
    if (one.object.node_ != object.node_) continue;
    if (last_kept.exists() || !text.empty()) text += ',';
    text += one.text;
  }
  if (text.empty()) return;
  const std::size_t at = last_kept.exists() ? last_kept.end_offset() : object.end_offset() - 1;
  out.push_back({at, at, std::move(text)});
}

std::string Edit::apply() const {
  std::vector<Value> objects;
  const auto touch = [&objects](const Value& object) {
    const bool seen =
        std::ranges::any_of(objects, [&](const Value& one) { return one.node_ == object.node_; });
    if (!seen) objects.push_back(object);
  };
  for (const Value& member : removed_) touch(Value(member.tree_, member.parent_, Value::kNone));
  for (const Added& one : added_) touch(one.object);

  std::vector<Change> changes = changes_;
  for (const Value& object : objects) edit_object(object, changes);
  std::vector<std::size_t> order(changes.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&changes](std::size_t i) {
    return std::tuple(changes[i].from, changes[i].to, i);
  });

  const std::string_view text = doc_.text();
  std::string out;
  std::size_t at = 0;
  for (const std::size_t i : order) {
    const Change& change = changes[i];
    if (change.from < at) continue;  // inside of what an earlier change took away
    out.append(text.substr(at, change.from - at));
    out.append(change.text);
    at = change.to;
  }
  out.append(text.substr(at));
  return out;
}

}  // namespace maester::json
