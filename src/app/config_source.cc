#include "app/config_source.h"

#include <filesystem>

namespace maester::app {

std::string ConfigSource::name() const {
  return file.empty() ? "(built-in --dev configuration)" : file;
}

Environment ConfigSource::environment() const {
  return Environment::of_process(file.empty() ? "."
                                              : std::filesystem::path(file).parent_path().string());
}

std::expected<std::string, Problems> ConfigSource::read() const {
  if (file.empty()) return std::string(dev_config_toml());
  return read_config_file(file);
}

std::expected<LoadedConfig, Problems> ConfigSource::parse(std::string_view toml) const {
  auto loaded = parse_config(toml, name(), environment());
  if (!loaded) return loaded;
  gateway::Config& config = loaded->config;
  if (!data_dir.empty()) config.data_dir = data_dir;
  if (!listen.empty()) config.listen = listen;
  if (dev) config.capture = gateway::Capture::full;
  return loaded;
}

}  // namespace maester::app
