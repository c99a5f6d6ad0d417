#include "app/config.h"

namespace maester::app {

std::string_view dev_config_toml() {
  return R"toml(# The configuration of `maester serve --dev`: nothing leaves the machine.
listen = "127.0.0.1:8080"
data_dir = "maester-data"
default_model = "gpt-4.1-mini"

[capture]
replay = "full"

[[providers]]
name = "openai"
kind = "simulated"
simulated = { flavor = "OpenAI" }

[[providers]]
name = "anthropic"
kind = "simulated"
simulated = { flavor = "Anthropic" }

[[models]]
name = "gpt-4.1"
provider = "openai"
price = { input_per_mtok = "2", output_per_mtok = "8" }

[[models]]
name = "gpt-4.1-mini"
provider = "openai"
price = { input_per_mtok = "0.40", output_per_mtok = "1.60" }

[[models]]
name = "gpt-4o-mini"
provider = "openai"
price = { input_per_mtok = "0.15", output_per_mtok = "0.60" }

[[models]]
name = "claude-3-5-sonnet"
provider = "anthropic"
price = { input_per_mtok = "3", output_per_mtok = "15" }

[[models]]
name = "claude-3-5-haiku"
provider = "anthropic"
price = { input_per_mtok = "0.80", output_per_mtok = "4" }
)toml";
}

}  // namespace maester::app
