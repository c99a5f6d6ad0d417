// Edits of a dataset: what makes its next version.
#include "base/hex.h"
#include "evals/datasets/case_json.h"
#include "evals/datasets/dataset_rows.h"
#include "evals/datasets/dataset_store.h"

namespace maester::evals {

// One edit, inside its transaction.
struct DatasetStore::Editor {
  DatasetStore& store;
  store::Database& db;
  const Dataset& dataset;
  const Edit& edit;
  Edited out{};
  std::int64_t next = 0;  // the version that it makes
  bool changed = false;
  store::Statement standing, same_input, close, open;

  static Result<Editor> make(DatasetStore& store, store::Database& db, const Dataset& dataset,
                             const Edit& edit) {
    TRY_ASSIGN(auto standing,
               db.prepare("SELECT " MAESTER_CASE_COLUMNS ", input_hash FROM dataset_cases WHERE "
                          "tenant = ?1 AND dataset = ?2 AND id = ?3 AND until = 0"));
    TRY_ASSIGN(auto same_input,
               db.prepare("SELECT id FROM dataset_cases WHERE tenant = ?1 AND dataset = ?2 AND "
                          "input_hash = ?3 AND until = 0"));
    TRY_ASSIGN(auto close, db.prepare("UPDATE dataset_cases SET until = ?4 WHERE tenant = ?1 AND "
                                      "dataset = ?2 AND id = ?3 AND until = 0"));
    TRY_ASSIGN(auto open,
               db.prepare("INSERT INTO dataset_cases (tenant, dataset, id, since, until, state, "
                          "input_hash, source, body) VALUES (?1, ?2, ?3, ?4, 0, ?5, ?6, ?7, ?8)"));
    Editor made{.store = store,
                .db = db,
                .dataset = dataset,
                .edit = edit,
                .standing = std::move(standing),
                .same_input = std::move(same_input),
                .close = std::move(close),
                .open = std::move(open)};
    TRY(made.read_latest());
    return made;
  }

  Status read_latest() {
    TRY_ASSIGN(const Dataset now, store.read(db, dataset.tenant, dataset.name));
    if (now.id != dataset.id) return fail(Code::not_found, "The dataset is gone.", "dataset");
    out.version = now.latest;
    next = now.latest.number + 1;
    return {};
  }

  std::int64_t& counter(CaseState state) {
    if (state == CaseState::approved) return out.version.approved;
    return state == CaseState::pending ? out.version.pending : out.version.quarantined;
  }

  // The case as it stands; nullopt when there is none.
  struct Standing {
    Case one;
    std::string body, hash;
  };
  Result<std::optional<Standing>> find(std::string_view id) {
    standing.bind(1, dataset.tenant).bind(2, dataset.id).bind(3, id);
    TRY_ASSIGN(const bool found, standing.step());
    if (!found) return std::nullopt;
    Standing here;
    here.one.id = id;
    here.one.since = standing.integer(1);
    here.one.state = parse_case_state(standing.text(2)).value_or(CaseState::quarantined);
    here.one.source = read_source(standing.text(3));
    here.hash = standing.text(5);
    TRY_ASSIGN(here.body,
               store.vault_.open_sealed({dataset.tenant, "dataset_cases", "body",
                                         rows::case_place(dataset, id, here.one.since), ""},
                                        standing.text(4)));
    standing.reset();
    return here;
  }

  Result<std::string> id_with_input(std::string_view hash) {
    same_input.bind(1, dataset.tenant).bind(2, dataset.id).bind_blob(3, hash);
    TRY_ASSIGN(const bool found, same_input.step());
    std::string id(found ? same_input.text(0) : std::string_view());
    same_input.reset();
    return id;
  }

  Status take_away(const Case& one) {
    close.bind(1, dataset.tenant).bind(2, dataset.id).bind(3, one.id).bind(4, next);
    TRY(close.run());
    counter(one.state) -= 1;
    changed = true;
    return {};
  }

  Status add(const Case& one, std::string_view body, std::string_view hash) {
    TRY_ASSIGN(const std::string sealed,
               store.vault_.seal({dataset.tenant, "dataset_cases", "body",
                                  rows::case_place(dataset, one.id, next), ""},
                                 body));
    open.bind(1, dataset.tenant).bind(2, dataset.id).bind(3, one.id).bind(4, next);
    open.bind(5, to_string(one.state)).bind_blob(6, hash).bind(7, source_json(one.source));
    open.bind_blob(8, sealed);
    TRY(open.run());
    counter(one.state) += 1;
    changed = true;
    return {};
  }

  // The case that is there, with what a review says of it.
  Result<Case> corrected(std::string_view id, const Case& by) {
    TRY_ASSIGN(Standing here, must_find(id));
    TRY(read_case_body(here.body, here.one));
    if (!by.expected.empty()) here.one.expected = by.expected;
    here.one.metadata = by.metadata;
    here.one.source.review = by.source.review;
    if (here.one.source.request_id.empty()) here.one.source.request_id = by.source.request_id;
    if (edit.state_too) here.one.state = by.state;
    return std::move(here.one);
  }

  Status put(Case one) {
    const Sha256 digest = store.hash_.of({dataset.id, "\n", canonical_input(one)});
    const std::string hash(reinterpret_cast<const char*>(digest.data()), digest.size());
    TRY_ASSIGN(const std::string same, id_with_input(hash));
    const bool corrects = edit.corrects && !one.source.review.empty() && one.id.empty();
    if (!same.empty() && corrects) {
      TRY_ASSIGN(one, corrected(same, one));
    } else if (!same.empty() && same != one.id) {
      if (edit.refuse_duplicates) {
        return fail(Code::conflict, "The case `" + same + "` has this input already.", "vars");
      }
      out.duplicates.push_back(same);
      out.ids.emplace_back();
      return {};
    }
    if (one.id.empty()) {
      TRY_ASSIGN(one.id, made_id(hex_encode(digest)));
    }
    out.ids.push_back(one.id);
    TRY_ASSIGN(const auto here, find(one.id));
    const std::string body = case_body(one);
    if (here) {
      if (here->body == body && here->one.state == one.state && here->one.source == one.source) {
        out.unchanged += 1;
        return {};
      }
      TRY(take_away(here->one));
      // Twice in one edit: the row of this version makes way.
      if (here->one.since == next) TRY(forget_row(one.id));
    }
    TRY(add(one, body, hash));
    (here ? out.changed : out.added) += 1;
    return {};
  }

  // 16 hexadecimal digits of the input's hash, more when an edited case has these.
  Result<std::string> made_id(const std::string& hex) {
    for (std::size_t digits = 16; digits <= hex.size(); digits += 16) {
      TRY_ASSIGN(const auto taken, find(hex.substr(0, digits)));
      if (!taken) return hex.substr(0, digits);
    }
    return store.ids_.uuid().to_string();
  }

  Status forget_row(std::string_view id) {
    TRY_ASSIGN(auto remove, db.prepare("DELETE FROM dataset_cases WHERE tenant = ?1 AND dataset = "
                                       "?2 AND id = ?3 AND since = ?4"));
    remove.bind(1, dataset.tenant).bind(2, dataset.id).bind(3, id).bind(4, next);
    return remove.run();
  }

  Result<Standing> must_find(std::string_view id) {
    TRY_ASSIGN(auto here, find(id));
    if (!here) {
      return fail(Code::not_found,
                  "The dataset `" + dataset.name + "` has no case `" + std::string(id) + "`.",
                  "cases");
    }
    return std::move(*here);
  }

  Status move(std::string_view id, CaseState to) {
    TRY_ASSIGN(Standing here, must_find(id));
    if (here.one.state == to) {
      out.unchanged += 1;
      return {};
    }
    TRY(take_away(here.one));
    if (here.one.since == next) TRY(forget_row(id));
    here.one.state = to;
    TRY(add(here.one, here.body, here.hash));
    out.changed += 1;
    return {};
  }

  Status move_all(const Edit::Move& wanted) {
    std::vector<std::string> ids;
    {
      TRY_ASSIGN(auto select,
                 db.prepare("SELECT id FROM dataset_cases WHERE tenant = ?1 AND dataset = ?2 AND "
                            "until = 0 AND (?3 = '' OR state = ?3)"));
      select.bind(1, dataset.tenant).bind(2, dataset.id);
      select.bind(3, wanted.from ? to_string(*wanted.from) : std::string_view());
      for (;;) {
        TRY_ASSIGN(const bool more, select.step());
        if (!more) break;
        ids.emplace_back(select.text(0));
      }
    }
    for (const std::string& id : ids) TRY(move(id, wanted.to));
    return {};
  }

  Status run() {
    for (const std::string& id : edit.remove) {
      TRY_ASSIGN(const Standing here, must_find(id));
      TRY(take_away(here.one));
      if (here.one.since == next) TRY(forget_row(id));
      out.removed += 1;
    }
    for (const Case& one : edit.put) TRY(put(one));
    for (const Edit::Move& one : edit.moves)
      TRY(one.id == "*" ? move_all(one) : move(one.id, one.to));
    if (!changed) return {};
    if (out.version.cases() > kMaxCases)
      return fail(Code::too_large, "A dataset may have 100,000 cases.");
    if (next > kMaxDatasetVersions)
      return fail(Code::too_large, "A dataset may have 10,000 versions: begin another one.");
    return finish();
  }

  Status finish() {
    out.version.number = next;
    out.version.message = edit.message;
    out.version.author = edit.author;
    out.version.created_at = store.clock_.wall();
    const std::int64_t now = rows::stored(out.version.created_at);
    TRY_ASSIGN(auto insert, db.prepare("INSERT INTO dataset_versions (tenant, dataset, "  //
                                       MAESTER_DATASET_VERSION_COLUMNS
                                       ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"));
    insert.bind(1, dataset.tenant).bind(2, dataset.id).bind(3, next);
    insert.bind(4, out.version.approved).bind(5, out.version.pending);
    insert.bind(6, out.version.quarantined).bind(7, edit.message).bind(8, edit.author).bind(9, now);
    TRY(insert.run());
    TRY_ASSIGN(auto update, db.prepare("UPDATE datasets SET latest = ?3, updated_at = ?4 WHERE "
                                       "tenant = ?1 AND id = ?2"));
    update.bind(1, dataset.tenant).bind(2, dataset.id).bind(3, next).bind(4, now);
    return update.run();
  }
};

Result<DatasetStore::Edited> DatasetStore::edit(const Dataset& dataset, const Edit& edit) {
  for (const Case& one : edit.put) {
    if (!one.id.empty()) TRY(check_case_id(one.id));
  }
  const auto db = work_.use();
  Edited out;
  TRY(db->transaction([&]() -> Status {
    TRY_ASSIGN(Editor editor, Editor::make(*this, *db, dataset, edit));
    TRY(editor.run());
    out = std::move(editor.out);
    return {};
  }));
  return out;
}

}  // namespace maester::evals
