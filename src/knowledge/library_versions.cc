// The versions of a collection's index: which may be asked, and which one goes live.
#include "knowledge/library_place.h"

namespace maester::knowledge {

Result<OpenVersionPtr> Library::version(const Opened& opened, std::int64_t number) {
  TRY_ASSIGN(const auto at, place(opened.collection.tenant, opened.collection.name));
  TRY_ASSIGN(const IndexVersion row, catalog_.version(opened.collection, number));
  const std::lock_guard writing(at->writes);
  if (at->dropped) return unknown(opened.collection.name);
  return open_version(*at, row);
}

Result<OpenVersionPtr> Library::askable(const Opened& opened, std::int64_t number) {
  TRY_ASSIGN(const auto at, place(opened.collection.tenant, opened.collection.name));
  const std::lock_guard writing(at->writes);
  auto row = catalog_.version(opened.collection, number);
  if (!row) {
    row.error().param = "index_version";
    return fail(std::move(row.error()));
  }
  if (row->state != VersionState::ready && row->state != VersionState::live) {
    return fail(Code::conflict,
                "Index version " + row->name() + " of collection `" + opened.collection.name +
                    "` is " + std::string(to_string(row->state)) +
                    ": it can be asked once it is ready.",
                "index_version");
  }
  if (at->dropped) return unknown(opened.collection.name);
  return open_version(*at, *row);
}

namespace {

// What goes live with `target` in the place of `live`: the version, and what it is made with where
// that differs.
std::vector<access::Release> releases_of(const Collection& collection, const OpenVersion& live,
                                         const IndexVersion& target, bool back,
                                         const access::By& by) {
  access::Release one;
  one.tenant = collection.tenant;
  one.object = collection.name;
  one.rollback = back && target.live_at != WallTime{};  // it was live before
  one.actor = by.actor;
  one.role = by.role;
  one.reason = by.reason;
  one.override_reason = by.override_reason;
  std::vector<access::Release> out;
  const auto add = [&](std::string_view kind, std::string from, std::string to) {
    if (from == to) return;
    one.kind = kind;
    one.from = std::move(from);
    one.to = std::move(to);
    out.push_back(one);
  };
  add("index_version", live.name(), target.name());
  add("chunking", identity_of_chunking(live.spec), identity_of_chunking(target.spec));
  add("adapter", identity_of_embedder(live.spec), identity_of_embedder(target.spec));
  return out;
}

}  // namespace

Result<std::string> Library::parsers(const Opened& opened) {
  TRY_ASSIGN(const auto names, catalog_.parsers(opened.collection));
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out.empty() ? "none" : out;
}

Result<IndexVersion> Library::flip(std::string_view tenant, std::string_view name,
                                   std::int64_t number, Flip how, const access::By& by) {
  TRY_ASSIGN(const auto at, place(tenant, name));
  const std::lock_guard writing(at->writes);
  if (at->dropped) return unknown(name);
  Opened changed = *at->opened;
  if (number == 0) {
    TRY_ASSIGN(const IndexVersion live, catalog_.version(changed.collection, changed.live->number));
    if (live.previous == 0)
      return fail(Code::conflict, "Nothing was live before " + live.name() + ".", "version");
    number = live.previous;
  }
  TRY_ASSIGN(const IndexVersion row, catalog_.version(changed.collection, number));
  TRY_ASSIGN(const OpenVersionPtr target, open_version(*at, row));
  if (how == Flip::forward && row.state == VersionState::ready) {
    TRY_ASSIGN(const auto missing, catalog_.changed_after(changed.collection, row.change, 1));
    if (!missing.empty()) {
      return fail(Code::version_conflict,
                  "Index version " + row.name() + " lacks what changed since it was built.",
                  "version");
    }
  }
  // One that is live already, or is not whole and so no question for a gate.
  if (row.state != VersionState::ready) return catalog_.flip(changed.collection, number, false);
  auto releases = releases_of(changed.collection, *changed.live, row, how == Flip::back, by);
  if (!guard_->holding(tenant, "parser", name, "").empty()) {
    // Texts are the collection's, not a version's: what has to be shown is that the version that
    // goes live was tried on what these parsers read. What read them when the live one went live is
    // not known.
    access::Release& one = releases.emplace_back(releases.front());
    one.kind = "parser";
    one.from.clear();
    TRY_ASSIGN(one.to, parsers(changed));
  }
  IndexVersion flipped;
  const auto move = [&]() -> Status {
    TRY_ASSIGN(flipped, catalog_.flip(changed.collection, number, how == Flip::back));
    return {};
  };
  TRY(guard_->release(releases, move));
  changed.collection.live = number;
  changed.live = target;
  changed.rebuilding = false;  // only a whole one can go live
  publish(*at, std::move(changed));
  return flipped;
}

Status Library::drop_version(const Opened& opened, std::int64_t number) {
  TRY_ASSIGN(const auto at, place(opened.collection.tenant, opened.collection.name));
  const std::lock_guard writing(at->writes);
  if (at->dropped) return unknown(opened.collection.name);
  TRY_ASSIGN(const IndexVersion row, catalog_.version(opened.collection, number));
  // By the pointer, not by the row's state: one that is being made anew is live, too.
  if (number == at->opened->live->number)
    return fail(Code::conflict, "Index version " + row.name() + " is live.", "version");
  TRY(catalog_.drop_version(opened.collection, number));
  at->versions.erase(number);
  return remove_files(directory_of(opened.collection, number));
}

}  // namespace maester::knowledge
