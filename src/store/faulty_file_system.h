// A simulated disk for tests: it knows what is synced and what is not, can lose power at any
// moment, fill up, and fail any call. It is stricter than POSIX file systems are in practice:
// nothing unsynced may be relied on, in no order.
//
//   FaultyFileSystem disk;
//   disk.on_change = [&](auto) { auto after = disk.after_crash(Crash::torn, seed); ... open and
//   check ... };
//
// Content is durable after File::sync(), a name (creation, rename, removal) after sync_directory().
// Single-threaded.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "store/file_system.h"

namespace maester::store {

enum class Crash : std::uint8_t {
  kill,           // the process dies, the kernel lives: everything written stays
  drop_unsynced,  // power cut: nothing unsynced reached the disk
  subset,         // power cut: some of the unsynced writes did, in order
  torn,           // power cut: some 512-byte sectors of the unsynced writes did
  reordered,      // power cut: some did, in any order, names as well
};

class FaultyFileSystem final : public FileSystem {
 public:
  enum class Op : std::uint8_t {
    open,
    read,
    write,
    resize,
    sync,
    list,
    rename,
    remove,
    sync_directory
  };

  // Called in the middle of each operation that changes the disk: a power cut now may or may not
  // have let it through.
  std::function<void(Op)> on_change;

  // What is on the disk after a crash at this moment. `in_flight`: whether an operation in the
  // middle may have happened.
  std::unique_ptr<FaultyFileSystem> after_crash(Crash crash, std::uint64_t seed,
                                                bool in_flight = true) const;

  // The n-th operation from now (1 = the next) fails with this code; a failing write leaves a part
  // of its bytes, a failing sync drops what it should have synced, as Linux does. With `only`,
  // counts only operations of this kind.
  void fail_nth(std::uint64_t n, Code code, std::optional<Op> only = std::nullopt);
  bool failed() const { return failed_; }  // it came to that
  std::uint64_t operations() const { return operations_; }

  // Bytes that all files together may take; beyond is Code::storage_full.
  void set_capacity(std::uint64_t bytes) { capacity_ = bytes; }
  std::uint64_t used() const;

  Result<std::unique_ptr<File>> open(const std::string& path, Open mode) override;
  Result<std::unique_ptr<Mapping>> map(const std::string& path) override;  // a copy
  Status create_directories(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  bool exists(const std::string& path) override;
  Result<std::uint64_t> free_space(const std::string& path) override;

 private:
  friend class FaultyFile;
  struct Change {  // of a file's content
    enum class Kind : std::uint8_t { write, truncate, extend } kind;
    std::uint64_t offset;  // or size
    std::string bytes;
  };
  struct Inode {
    std::string durable;
    std::string current;
    std::vector<Change> unsynced;
  };
  struct NameChange {
    enum class Kind : std::uint8_t { link, unlink, rename } kind;
    std::string path;
    std::string to;
    std::shared_ptr<Inode> inode;
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;

  Status begin(Op op);
  Status grow(const Inode& inode, std::uint64_t size) const;
  void change(Inode& inode, Change what, Op op);
  void change_name(NameChange what, Op op);
  static void apply(std::string& content, const Change& change);
  static void apply(Names& names, const NameChange& change);
  static std::string content_after(const Inode& inode, bool last_may_be_missing, Crash crash,
                                   Random& random);

  Names names_, durable_names_;
  std::vector<NameChange> unsynced_names_;
  const Inode* inode_in_flight_ = nullptr;
  bool name_in_flight_ = false;
  std::uint64_t capacity_ = std::uint64_t{1} << 40;
  std::uint64_t operations_ = 0;
  std::uint64_t fail_in_ = 0;
  Code fail_with_ = Code::io_error;
  std::optional<Op> fail_only_;
  bool failed_ = false;
};

}  // namespace maester::store
