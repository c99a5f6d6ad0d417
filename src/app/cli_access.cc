// maester keys create | list | revoke | rotate, and maester tenants create | list | delete
#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>
#include <optional>

#include "app/cli_session.h"
#include "app/text_table.h"
#include "base/clock.h"
#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::app {
namespace {

struct Options {
  std::string id, tenant, name, role = "member", expires, overlap, format = "table";
  std::vector<std::string> groups, models, routes, networks;
  bool delegate = false;
};

// "90s", "12h", "30d"
std::optional<std::chrono::seconds> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (error != std::errc{} || count < 0 || count > 1'000'000'000) return std::nullopt;
  if (unit == "s") return std::chrono::seconds{count};
  if (unit == "m") return std::chrono::minutes{count};
  if (unit == "h") return std::chrono::hours{count};
  if (unit == "d" && count <= 36'500) return std::chrono::days{count};
  return std::nullopt;
}

// What the server is to be told for --expires: a time stays as it is.
std::optional<std::string> expiry(const std::string& text) {
  if (parse_rfc3339(text)) return text;
  const auto duration = parse_duration(text);
  if (!duration) return std::nullopt;
  return format_rfc3339(SystemClock().wall() + *duration);
}

void write_list(json::Writer& w, std::string_view name, const std::vector<std::string>& values) {
  if (values.empty()) return;
  w.key(name).begin_array();
  for (const std::string& value : values) w.value(value);
  w.end_array();
}

// The key alone on standard output, so that it can be piped; the rest is for the person.
void print_secret(CliSession& session, json::Value answer) {
  session.out() << answer.get("key").string_or("") << '\n';
  session.err() << "Key " << printable(answer.get("id").string_or("")) << " of tenant "
                << printable(answer.get("tenant").string_or("")) << ", role "
                << printable(answer.get("role").string_or("")) << ". It is not shown again.\n";
  const std::string_view until = answer.get("previous_valid_until").string_or("");
  if (!until.empty()) session.err() << "The old one opens until " << printable(until) << ".\n";
}

void create(CliSession& session, const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object().optional_field("tenant", options.tenant).field("role", options.role);
  w.optional_field("name", options.name);
  write_list(w, "groups", options.groups);
  write_list(w, "models", options.models);
  write_list(w, "routes", options.routes);
  write_list(w, "networks", options.networks);
  if (options.delegate) w.field("delegate", true);
  if (!options.expires.empty()) {
    const auto at = expiry(options.expires);
    if (!at) {
      return session.wrong_usage(
          "--expires is a duration (12h, 30d), a day (2027-01-31) or a time "
          "(2027-01-31T12:00:00Z), not `" +
          options.expires + "`");
    }
    w.field("expires_at", *at);
  }
  w.end_object();
  session.call(options.format, "POST", "/v1/keys", body,
               [&](json::Value answer) { print_secret(session, answer); });
}

void list(CliSession& session, const Options& options) {
  const std::string query =
      options.tenant.empty() ? "" : "?tenant=" + wire::encode_segment(options.tenant);
  const auto rows = session.request_all("/v1/keys" + query);
  if (!rows) return session.fail(rows.error().message);
  if (options.format == "json") return session.print_json(R"({"data":)" + *rows + "}");
  const auto doc = json::Document::parse(*rows);
  if (!doc) return session.fail(doc.error().message);
  print_rows(session.out(), doc->root(),
             {"tenant", "id", "name", "role", "source", "created_at", "expires_at"});
}

std::string key_path(const Options& options) {
  return "/v1/keys/" + wire::encode_segment(options.id);
}

void revoke(CliSession& session, const Options& options) {
  session.call(options.format, "DELETE", key_path(options), "",
               [&](json::Value) { session.out() << "Key " << options.id << " is revoked.\n"; });
}

void rotate(CliSession& session, const Options& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  if (!options.overlap.empty()) {
    const auto overlap = parse_duration(options.overlap);
    if (!overlap) {
      return session.wrong_usage("--overlap is a duration such as 15m, 12h or 7d, not `" +
                                 options.overlap + "`");
    }
    w.field("overlap_s", static_cast<std::int64_t>(overlap->count()));
  }
  w.end_object();
  session.call(options.format, "POST", key_path(options) + "/rotate", body,
               [&](json::Value answer) { print_secret(session, answer); });
}

void create_tenant(CliSession& session, const Options& options) {
  std::string body;
  json::Writer(body).begin_object().field("name", options.name).end_object();
  session.call(options.format, "POST", "/v1/tenants", body, [&](json::Value answer) {
    session.out() << "Tenant " << printable(answer.get("name").string_or("")) << " is made.\n";
  });
}

void list_tenants(CliSession& session, const Options& options) {
  const auto rows = session.request_all("/v1/tenants");
  if (!rows) return session.fail(rows.error().message);
  if (options.format == "json") return session.print_json(R"({"data":)" + *rows + "}");
  const auto doc = json::Document::parse(*rows);
  if (!doc) return session.fail(doc.error().message);
  print_rows(session.out(), doc->root(), {"name", "created_at"});
}

void delete_tenant(CliSession& session, const Options& options) {
  session.call(options.format, "DELETE", "/v1/tenants/" + wire::encode_segment(options.name), "",
               [&](json::Value) {
                 session.out() << "Tenant " << options.name
                               << " is erased: its keys stopped, its objects and sealed bodies are "
                                  "gone.\n";
               });
}

using Run = void (*)(CliSession&, const Options&);

CLI::App* add(CLI::App* group, CliSession& session, const std::shared_ptr<Options>& options,
              const char* name, const char* help, Run run) {
  CLI::App* command = group->add_subcommand(name, help);
  add_format(*command, options->format);
  command->callback([&session, options, run] { run(session, *options); });
  return command;
}

void add_key_commands(CLI::App& root, CliSession& session,
                      const std::shared_ptr<Options>& options) {
  CLI::App* group = root.add_subcommand("keys", "API keys");
  group->require_subcommand(1);
  group->footer(
      "Examples:\n  maester keys create --tenant acme --name ci --expires 30d\n"
      "  maester keys create --tenant acme --model gpt-4.1-mini --network 10.0.0.0/8\n"
      "  maester keys rotate ID --overlap 24h\n  maester keys revoke ID");
  CLI::App* command =
      add(group, session, options, "create", "Make a key; it is shown once", create);
  command->add_option("--tenant", options->tenant, "Whose (default: that of the key in use)");
  command->add_option("--role", options->role, "admin, member or viewer")
      ->check(CLI::IsMember({"admin", "member", "viewer"}))
      ->capture_default_str();
  command->add_option("--name", options->name, "What people call it");
  const auto repeated = [&](const char* name, std::vector<std::string>& into, const char* help) {
    command->add_option(name, into, help)->allow_extra_args(false);
  };
  repeated("--group", options->groups, "A group it belongs to; may be repeated");
  repeated("--model", options->models, "A model it may use (NAME or PREFIX/*); may be repeated");
  repeated("--route", options->routes, "A route it may use; may be repeated");
  repeated("--network", options->networks, "Where it may come from (10.0.0.0/8); may be repeated");
  command->add_flag("--delegate", options->delegate, "It may name end users and their groups");
  command->add_option("--expires", options->expires, "12h, 30d, 2027-01-31 or a time");
  command = add(group, session, options, "list", "List keys", list);
  command->add_option("--tenant", options->tenant, "Only this tenant's");
  command = add(group, session, options, "revoke", "Stop a key at once", revoke);
  command->add_option("ID", options->id)->required();
  command = add(group, session, options, "rotate", "Give a key a new secret", rotate);
  command->add_option("ID", options->id)->required();
  command->add_option("--overlap", options->overlap,
                      "How long the old one still opens (default: 0s)");
  add_rotate_kek_command(*group, session);
}

}  // namespace

void add_access_commands(CLI::App& root, CliSession& session) {
  auto options = std::make_shared<Options>();
  add_key_commands(root, session, options);
  CLI::App* group = root.add_subcommand("tenants", "Tenants");
  group->require_subcommand(1);
  group->footer("Examples:\n  maester tenants create acme\n  maester tenants delete acme");
  add(group, session, options, "create", "Make a tenant", create_tenant)
      ->add_option("NAME", options->name)
      ->required();
  add(group, session, options, "list", "List tenants", list_tenants);
  add(group, session, options, "delete", "Erase a tenant, its keys, objects and sealed bodies",
      delete_tenant)
      ->add_option("NAME", options->name)
      ->required();
}

}  // namespace maester::app
