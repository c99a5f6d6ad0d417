// maester mcp: the Model Context Protocol on standard input and output, a message a line, bridged
// to POST /mcp of the server with the caller's key.
#include <CLI/CLI.hpp>
#include <istream>
#include <string>

#include "app/cli_session.h"
#include "codec/json_writer.h"

namespace maester::app {
namespace {

std::string unreachable(std::string_view message, std::string_view line) {
  std::string id = "null";
  if (const auto document = json::Document::parse(line)) {
    if (document->root().get("id").exists()) id = document->root().get("id").raw();
  }
  std::string out;
  json::Writer w(out);
  w.begin_object().field("jsonrpc", "2.0").raw_field("id", id).key("error").begin_object();
  w.field("code", -32603).field("message", message).end_object().end_object();
  return out;
}

// An answer goes out on one line; the server's JSON has no line feeds but those it was given.
std::string one_line(std::string text) {
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r'; });
  return text;
}

void bridge(CliSession& session) {
  std::istream* in = session.environment().in;
  if (in == nullptr) return session.fail("there is no standard input");
  std::string line;
  while (std::getline(*in, line)) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto answer = session.request("POST", "/mcp", line);
    if (answer && answer->empty()) continue;  // to a notification
    session.out() << one_line(answer ? *answer : unreachable(answer.error().message, line)) << '\n'
                  << std::flush;
  }
}

}  // namespace

void add_mcp_command(CLI::App& root, CliSession& session) {
  CLI::App* command =
      root.add_subcommand("mcp", "Serve search and ask to an assistant (MCP on standard input)");
  command->footer(
      "For an assistant's configuration: command `maester`, arguments [\"mcp\"], environment\n"
      "MAESTER_URL and MAESTER_API_KEY. Over HTTP the same is at MAESTER_URL/mcp.");
  command->callback([&session] { bridge(session); });
}

}  // namespace maester::app
