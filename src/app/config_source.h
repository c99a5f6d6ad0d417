// Where a running server's configuration comes from, and what its command line puts over it.
#pragma once

#include <expected>
#include <string>

#include "app/config.h"

namespace maester::app {

struct ConfigSource {
  std::string file;              // "" = the built-in configuration of `serve --dev`
  std::string data_dir, listen;  // of the command line; "" = as the configuration says
  bool dev = false;

  std::string name() const;         // for messages
  Environment environment() const;  // what `${..}` is read from: relative paths are the file's
  // The text as it stands now, at most 1 MiB. Blocking.
  std::expected<std::string, Problems> read() const;
  // Parses a text as if it stood there, and puts the command line over it.
  std::expected<LoadedConfig, Problems> parse(std::string_view toml) const;
};

}  // namespace maester::app
