// The embedders that need no network.
#pragma once

#include <memory>
#include <string>

#include "retrieval/embedder.h"

namespace maester::store {
class FileSystem;
}

namespace maester::retrieval {

// `local-hash` (embed/local_hash.h).
std::shared_ptr<const Embedder> make_hash_embedder();

// A table of token vectors as model2vec publishes them: `directory` holds model.safetensors,
// tokenizer.json and config.json. Code::unprocessable, naming the file and the fault.
Result<std::shared_ptr<const Embedder>> load_static_embedder(store::FileSystem& files,
                                                             const std::string& directory);

}  // namespace maester::retrieval
