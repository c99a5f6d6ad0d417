// maester ingest PATH... --collection C: files, folders and URLs into a collection.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <thread>

#include "app/cli_session.h"
#include "app/text_table.h"
#include "base/hash.h"
#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::app {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxFile = 100u << 20;

struct Options {
  std::vector<std::string> paths, groups;
  std::string collection, format = "table";
  bool nobody = false, no_wait = false;
};

// One thing to be ingested and what became of it.
struct Item {
  fs::path file;          // "" = a URL
  std::string source_id;  // of a file in a folder: its path from there
  std::string document_id, job_id, state = "waiting", reason;
  bool over() const { return state != "waiting" && state != "pending"; }
};

bool is_url(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

// Hidden files and folders stay out; links are not followed.
Status collect_folder(const fs::path& folder, std::vector<Item>& items) {
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  if (error) {
    return fail(Code::invalid_request, "cannot read " + folder.string() + ": " + error.message());
  }
  std::vector<Item> found;
  for (; entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const bool link = entry->is_symlink(error);
    if (name.starts_with('.') || link) {
      if (!link && entry->is_directory(error)) entry.disable_recursion_pending();
      continue;
    }
    if (!entry->is_regular_file(error)) continue;
    found.push_back({.file = entry->path(),
                     .source_id = entry->path().lexically_relative(folder).generic_string(),
                     .document_id = {},
                     .job_id = {},
                     .reason = {}});
  }
  std::ranges::sort(found, {}, &Item::source_id);
  std::ranges::move(found, std::back_inserter(items));
  return {};
}

Result<std::vector<Item>> collect(const Options& options) {
  std::vector<Item> items;
  for (const std::string& path : options.paths) {
    if (is_url(path)) {
      items.push_back(
          {.file = {}, .source_id = path, .document_id = {}, .job_id = {}, .reason = {}});
      continue;
    }
    std::error_code error;
    if (fs::is_directory(path, error)) {
      TRY(collect_folder(path, items));
    } else if (fs::is_regular_file(path, error)) {
      items.push_back({.file = path,
                       .source_id = fs::path(path).filename().string(),
                       .document_id = {},
                       .job_id = {},
                       .reason = {}});
    } else {
      return fail(Code::invalid_request, "there is no file or folder `" + path + "`");
    }
  }
  return items;
}

std::string acl_json(const Options& options) {
  std::string out;
  if (options.groups.empty() && !options.nobody) return out;
  json::Writer w(out);
  w.begin_object().key("groups").begin_array();
  for (const std::string& group : options.groups) w.value(group);
  w.end_array().end_object();
  return out;
}

// A form with the file and its fields. The boundary is made of the bytes, so they do not hold it.
std::string form_of(const Item& item, const std::string& bytes, const std::string& acl,
                    std::string& content_type) {
  const std::string boundary = "maester-" + sha256_hex(bytes).substr(0, 32);
  content_type = "multipart/form-data; boundary=" + boundary;
  std::string out;
  const auto field = [&](std::string_view name, std::string_view value) {
    out += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + std::string(name) +
           "\"\r\n\r\n" + std::string(value) + "\r\n";
  };
  field("source_id", item.source_id);
  if (!acl.empty()) field("acl", acl);
  std::string name;
  for (const char c : item.file.filename().string()) {
    if (c == '"' || c == '\\') name += '\\';
    name += c == '\r' || c == '\n' ? '_' : c;
  }
  out += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + name +
         "\"\r\n\r\n" + bytes + "\r\n--" + boundary + "--\r\n";
  return out;
}

Status send(CliSession& session, const Options& options, const std::string& path, Item& item) {
  std::string body, content_type = "application/json";
  const std::string acl = acl_json(options);
  if (item.file.empty()) {
    json::Writer w(body);
    w.begin_object().field("source_id", item.source_id).field("url", item.source_id);
    if (!acl.empty()) w.raw_field("acl", acl);
    w.end_object();
  } else {
    std::error_code error;
    if (fs::file_size(item.file, error) > kMaxFile || error)
      return fail(Code::too_large, "larger than 100 MiB, or unreadable");
    std::ifstream in(item.file, std::ios::binary);
    if (!in) return fail(Code::io_error, "cannot be read");
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    body = form_of(item, bytes, acl, content_type);
  }
  TRY_ASSIGN(const std::string answer,
             session.request("POST", path, std::move(body), content_type));
  TRY_ASSIGN(const json::Document document, json::Document::parse(answer));
  item.document_id = document.root().get("document_id").string_or("");
  item.job_id = document.root().get("job_id").string_or("");
  item.state = "pending";
  if (document.root().get("unchanged").bool_or(false)) item.reason = "unchanged";
  return {};
}

// How the document is now.
Status look(CliSession& session, const std::string& path, Item& item) {
  TRY_ASSIGN(const std::string answer, session.request("GET", path + "/" + item.document_id));
  TRY_ASSIGN(const json::Document document, json::Document::parse(answer));
  const json::Value root = document.root();
  item.state = root.get("state").string_or("failed");
  const json::Value error = root.get("error");
  if (!error.empty()) {
    item.reason = std::string(error.get("reason").string_or("")) + ": " +
                  std::string(error.get("message").string_or(""));
    if (item.reason.starts_with(": ")) item.reason.erase(0, 2);
  }
  if (item.state != "pending" || item.job_id.empty()) return {};
  // A document whose job gave up stays pending: say so.
  TRY_ASSIGN(const std::string told, session.request("GET", "/v1/jobs/" + item.job_id));
  TRY_ASSIGN(const json::Document job, json::Document::parse(told));
  const std::string_view state = job.root().get("state").string_or("");
  if (state == "dead" || state == "cancelled") {
    item.state = "failed";
    item.reason = "the job is " + std::string(state) + ": " +
                  std::string(job.root().get("error").get("message").string_or(""));
  }
  return {};
}

void show_progress(CliSession& session, std::string_view what, std::size_t done,
                   std::size_t total) {
  if (!session.environment().terminal || total == 0) return;
  constexpr std::size_t kWidth = 30;
  const std::size_t filled = done * kWidth / total;
  session.err() << '\r' << what << " [" << std::string(filled, '#')
                << std::string(kWidth - filled, ' ') << "] " << done << '/' << total
                << (done == total ? "\n" : "") << std::flush;
}

// Until every document's way is over.
Status wait_for_all(CliSession& session, const std::string& path, std::vector<Item>& items) {
  const auto over = [&] {
    return static_cast<std::size_t>(std::ranges::count_if(items, &Item::over));
  };
  std::chrono::milliseconds pause{20};
  for (;;) {
    for (Item& item : items) {
      if (!item.over()) TRY(look(session, path, item));
    }
    show_progress(session, "indexing ", over(), items.size());
    if (over() == items.size()) return {};
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(500));
  }
}

void report(CliSession& session, const Options& options, const std::vector<Item>& items) {
  const auto with = [&](std::string_view state) {
    return std::ranges::count(items, state, &Item::state);
  };
  const auto unchanged = std::ranges::count(items, "unchanged", &Item::reason);
  if (options.format == "json") {
    std::string out;
    json::Writer w(out);
    w.begin_object().field("collection", options.collection).key("documents").begin_array();
    for (const Item& item : items) {
      w.begin_object().field("source_id", item.source_id).field("document_id", item.document_id);
      w.field("job_id", item.job_id).field("state", item.state);
      w.optional_field("reason", item.reason).end_object();
    }
    w.end_array().field("ready", with("ready")).field("failed", with("failed"));
    w.field("needs_ocr", with("needs_ocr")).field("empty", with("empty"));
    w.field("unchanged", unchanged).end_object();
    session.print_json(out);
    return;
  }
  TextTable table({"source", "state", "reason"});
  bool rows = false;
  for (const Item& item : items) {
    if (item.state == "ready") continue;
    rows = true;
    table.add({printable(item.source_id), item.state, printable(item.reason)});
  }
  if (rows) table.print(session.out());
  session.out() << items.size() << " documents: " << with("ready") << " ready (" << unchanged
                << " unchanged), " << with("failed") << " failed, " << with("needs_ocr")
                << " need OCR, " << with("empty") << " empty";
  if (with("pending") > 0) session.out() << ", " << with("pending") << " under way";
  session.out() << '\n';
}

// Makes the collection when there is none of that name.
Status ensure_collection(CliSession& session, const std::string& name) {
  if (session.request("GET", "/v1/collections/" + wire::encode_segment(name))) return {};
  if (session.last_answer_status() != 404) {
    TRY(session.request("GET", "/v1/collections/" + wire::encode_segment(name)));
    return {};
  }
  std::string body;
  json::Writer(body).begin_object().field("name", name).end_object();
  TRY(session.request("POST", "/v1/collections", body));
  session.err() << "made the collection " << name << " with its default settings\n";
  return {};
}

void ingest(CliSession& session, const Options& options) {
  auto items = collect(options);
  if (!items) return session.wrong_usage(items.error().message);
  if (items->empty()) return session.wrong_usage("there is no file in what was named");
  if (!session.check(ensure_collection(session, options.collection))) return;
  const std::string path =
      "/v1/collections/" + wire::encode_segment(options.collection) + "/documents";
  std::size_t sent = 0;
  for (Item& item : *items) {
    if (Status done = send(session, options, path, item); !done) {
      item.state = "failed";
      item.reason = done.error().message;
      if (session.last_answer_status() == 0) return session.fail(done.error().message);
    }
    show_progress(session, "uploading", ++sent, items->size());
  }
  if (!options.no_wait && !session.check(wait_for_all(session, path, *items))) return;
  report(session, options, *items);
  if (std::ranges::count(*items, "failed", &Item::state) > 0) session.set_status(1);
}

}  // namespace

void add_ingest_command(CLI::App& root, CliSession& session) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      root.add_subcommand("ingest", "Put files, folders and URLs into a collection");
  add_format(*command, options->format);
  command->add_option("PATH", options->paths, "Files, folders, http(s) URLs")->required();
  command->add_option("-c,--collection", options->collection, "Made when there is none of the name")
      ->required();
  command->add_option("--acl", options->groups, "A group that may read them; may be repeated")
      ->take_all();
  command->add_flag("--nobody", options->nobody, "Nobody may find them yet");
  command->add_flag("--no-wait", options->no_wait, "Do not wait until they are searchable");
  command->footer(
      "What is there unchanged is not read again, so a run that was cut off may be repeated.\n"
      "Example:\n  maester ingest ./handbook --collection handbook --acl staff");
  command->callback([&session, options] { ingest(session, *options); });
}

}  // namespace maester::app
