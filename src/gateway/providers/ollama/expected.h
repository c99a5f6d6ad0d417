// What each recorded /api/chat exchange means.
#pragma once

#include "gateway/providers/fixture_harness.h"

namespace maester::gateway::testing {

inline std::vector<Expected> expected_ollama() {
  using meter::Usage;
  return {
      {.id = "ollama-004",
       .model = "llama3",
       .text = "A joke about OpenTelemet",
       .text_size = 256,
       .finish = "stop",
       .usage = Usage{.input = 17, .output = 66}},
      {.id = "ollama-005",
       .model = "llama3.1",
       .text = "This is a simple example",
       .text_size = 535,
       .finish = "stop",
       .usage = Usage{.input = 44, .output = 113}},
      {.id = "ollama-006",
       .model = "llama3.2",
       .calls = {{"", "get_weather", "{\"city\":\"Zürich\"}"},
                 {"", "get_weather", "{\"city\":\"東京\"}"}},
       .finish = "stop",
       .usage = Usage{.input = 26, .output = 28}},
      {.id = "ollama-007",
       .model = "llama3",
       .text = "Why did the OpenTelemetr",
       .text_size = 212,
       .finish = "stop",
       .usage = Usage{.input = 17, .output = 50}},
  };
}

}  // namespace maester::gateway::testing
