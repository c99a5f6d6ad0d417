#include "store/faulty_file_system.h"

#include <algorithm>
#include <set>

namespace maester::store {
namespace {

constexpr std::uint64_t kSector = 512;

std::string directory_of(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

std::unexpected<Error> injected(Code code) {
  return fail(code, "The server's storage failed.", {}, "injected");
}

}  // namespace

class FaultyFile final : public File {
 public:
  using Fs = FaultyFileSystem;
  FaultyFile(Fs& fs, std::shared_ptr<Fs::Inode> inode) : fs_(fs), inode_(std::move(inode)) {}

  Status write_at(std::uint64_t offset, std::string_view bytes) override {
    Status begun = fs_.begin(Fs::Op::write);
    if (begun) begun = fs_.grow(*inode_, offset + bytes.size());
    if (!begun) {
      bytes = bytes.substr(0, bytes.size() / 2);
      bytes = offset >= inode_->current.size()
                  ? std::string_view()
                  : bytes.substr(0, inode_->current.size() - static_cast<std::size_t>(offset));
    }
    fs_.change(*inode_, {Fs::Change::Kind::write, offset, std::string(bytes)}, Fs::Op::write);
    return begun;
  }

  Result<std::string> read_at(std::uint64_t offset, std::size_t size) override {
    TRY(fs_.begin(Fs::Op::read));
    if (offset >= inode_->current.size()) return std::string();
    return inode_->current.substr(static_cast<std::size_t>(offset), size);
  }

  Result<std::uint64_t> size() override { return inode_->current.size(); }

  Status truncate(std::uint64_t size) override {
    TRY(fs_.begin(Fs::Op::resize));
    TRY(fs_.grow(*inode_, size));
    fs_.change(*inode_, {Fs::Change::Kind::truncate, size, {}}, Fs::Op::resize);
    return {};
  }

  Status preallocate(std::uint64_t size) override {
    TRY(fs_.begin(Fs::Op::resize));
    TRY(fs_.grow(*inode_, size));
    fs_.change(*inode_, {Fs::Change::Kind::extend, size, {}}, Fs::Op::resize);
    return {};
  }

  Status sync() override {
    Status begun = fs_.begin(Fs::Op::sync);
    if (fs_.on_change) fs_.on_change(Fs::Op::sync);
    if (begun) {
      for (const Fs::Change& change : inode_->unsynced) Fs::apply(inode_->durable, change);
    }
    inode_->unsynced.clear();
    return begun;
  }

 private:
  Fs& fs_;
  std::shared_ptr<Fs::Inode> inode_;
};

void FaultyFileSystem::fail_nth(std::uint64_t n, Code code, std::optional<Op> only) {
  fail_in_ = n;
  fail_with_ = code;
  fail_only_ = only;
  failed_ = false;
}

Status FaultyFileSystem::begin(Op op) {
  ++operations_;
  if (fail_in_ == 0 || (fail_only_ && *fail_only_ != op) || --fail_in_ > 0) return {};
  failed_ = true;
  return injected(fail_with_);
}

std::uint64_t FaultyFileSystem::used() const {
  std::uint64_t sum = 0;
  for (const auto& [name, inode] : names_) sum += inode->current.size();
  return sum;
}

Status FaultyFileSystem::grow(const Inode& inode, std::uint64_t size) const {
  if (size > inode.current.size() && used() + size - inode.current.size() > capacity_) {
    return injected(Code::storage_full);
  }
  return {};
}

void FaultyFileSystem::apply(std::string& content, const Change& change) {
  const auto at = static_cast<std::size_t>(change.offset);
  switch (change.kind) {
    case Change::Kind::write:
      if (content.size() < at + change.bytes.size()) content.resize(at + change.bytes.size());
      std::copy(change.bytes.begin(), change.bytes.end(),
                content.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case Change::Kind::truncate:
      content.resize(at);
      break;
    case Change::Kind::extend:
      if (content.size() < at) content.resize(at);
      break;
  }
}

void FaultyFileSystem::apply(Names& names, const NameChange& change) {
  switch (change.kind) {
    case NameChange::Kind::link:
      names[change.path] = change.inode;
      break;
    case NameChange::Kind::unlink:
      names.erase(change.path);
      break;
    case NameChange::Kind::rename:
      if (auto node = names.extract(change.path)) {
        names[change.to] = std::move(node.mapped());
      }
      break;
  }
}

void FaultyFileSystem::change(Inode& inode, Change what, Op op) {
  apply(inode.current, what);
  inode.unsynced.push_back(std::move(what));
  inode_in_flight_ = &inode;
  if (on_change) on_change(op);
  inode_in_flight_ = nullptr;
}

void FaultyFileSystem::change_name(NameChange what, Op op) {
  apply(names_, what);
  unsynced_names_.push_back(std::move(what));
  name_in_flight_ = true;
  if (on_change) on_change(op);
  name_in_flight_ = false;
}

namespace {
// At a page's border, as a real mapping is.
class CopiedMapping final : public Mapping {
 public:
  explicit CopiedMapping(std::string_view bytes)
      : pages_(bytes.size() / sizeof(Page) + 1), size_(bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(pages_.data()));
  }
  std::string_view bytes() const override {
    return {reinterpret_cast<const char*>(pages_.data()), size_};
  }

 private:
  struct alignas(4096) Page {
    char bytes[4096];
  };
  std::vector<Page> pages_;
  std::size_t size_;
};
}  // namespace

Result<std::unique_ptr<Mapping>> FaultyFileSystem::map(const std::string& path) {
  TRY_ASSIGN(const auto file, open(path, Open::existing));
  TRY_ASSIGN(const std::uint64_t size, file->size());
  TRY_ASSIGN(const std::string bytes, file->read_at(0, static_cast<std::size_t>(size)));
  return std::make_unique<CopiedMapping>(bytes);
}

Result<std::unique_ptr<File>> FaultyFileSystem::open(const std::string& path, Open mode) {
  TRY(begin(Op::open));
  const auto found = names_.find(path);
  if (found != names_.end()) {
    if (mode == Open::create_new) return injected(Code::io_error);
    return std::make_unique<FaultyFile>(*this, found->second);
  }
  if (mode == Open::existing) return fail(Code::not_found, "The file does not exist.", {}, path);
  auto inode = std::make_shared<Inode>();
  change_name({NameChange::Kind::link, path, {}, inode}, Op::open);
  return std::make_unique<FaultyFile>(*this, std::move(inode));
}

Status FaultyFileSystem::create_directories(const std::string&) {
  return {};
}

Result<std::vector<std::string>> FaultyFileSystem::list(const std::string& directory) {
  TRY(begin(Op::list));
  std::vector<std::string> out;
  for (const auto& [path, inode] : names_) {
    if (directory_of(path) == directory) out.push_back(path.substr(directory.size() + 1));
  }
  return out;
}

Status FaultyFileSystem::rename(const std::string& from, const std::string& to) {
  TRY(begin(Op::rename));
  if (!names_.contains(from)) return injected(Code::io_error);
  change_name({NameChange::Kind::rename, from, to, nullptr}, Op::rename);
  return {};
}

Status FaultyFileSystem::remove(const std::string& path) {
  TRY(begin(Op::remove));
  if (!names_.contains(path)) return injected(Code::io_error);
  change_name({NameChange::Kind::unlink, path, {}, nullptr}, Op::remove);
  return {};
}

Status FaultyFileSystem::sync_directory(const std::string& path) {
  TRY(begin(Op::sync_directory));
  if (on_change) on_change(Op::sync_directory);
  std::erase_if(unsynced_names_, [&](const NameChange& change) {
    if (directory_of(change.path) != path) return false;
    apply(durable_names_, change);
    return true;
  });
  return {};
}

bool FaultyFileSystem::exists(const std::string& path) {
  return names_.contains(path);
}

Result<std::uint64_t> FaultyFileSystem::free_space(const std::string&) {
  return capacity_ - std::min(capacity_, used());
}

std::string FaultyFileSystem::content_after(const Inode& inode, bool last_may_be_missing,
                                            Crash crash, Random& random) {
  if (crash == Crash::kill && !last_may_be_missing) return inode.current;
  std::string out = inode.durable;
  if (crash == Crash::drop_unsynced) return out;
  std::vector<Change> changes = inode.unsynced;
  if (crash == Crash::kill) {
    changes.pop_back();
    for (const Change& change : changes) apply(out, change);
    return out;
  }
  const std::uint64_t keep = random.below(101);  // percent
  if (crash == Crash::torn) {
    std::vector<Change> sectors;
    for (const Change& change : changes) {
      if (change.kind != Change::Kind::write) {
        sectors.push_back(change);
        continue;
      }
      for (std::uint64_t done = 0; done < change.bytes.size();) {
        const std::uint64_t at = change.offset + done;
        const std::uint64_t n = std::min(kSector - at % kSector, change.bytes.size() - done);
        sectors.push_back(
            {change.kind, at,
             change.bytes.substr(static_cast<std::size_t>(done), static_cast<std::size_t>(n))});
        done += n;
      }
    }
    changes = std::move(sectors);
  }
  if (crash == Crash::reordered) {
    for (std::size_t i = changes.size(); i > 1; --i) {
      std::swap(changes[i - 1], changes[static_cast<std::size_t>(random.below(i))]);
    }
  }
  for (const Change& change : changes) {
    if (random.below(100) < keep) apply(out, change);
  }
  return out;
}

std::unique_ptr<FaultyFileSystem> FaultyFileSystem::after_crash(Crash crash, std::uint64_t seed,
                                                                bool in_flight) const {
  SeededRandom random(seed);
  auto out = std::make_unique<FaultyFileSystem>();
  out->capacity_ = capacity_;
  Names names = durable_names_;
  const std::size_t changes = unsynced_names_.size();
  const auto prefix = static_cast<std::size_t>(random.below(changes + 1));
  for (std::size_t i = 0; i < changes; ++i) {
    bool happened = false;
    if (crash == Crash::kill) happened = in_flight || !name_in_flight_ || i + 1 < changes;
    if (crash == Crash::subset || crash == Crash::torn) happened = i < prefix;
    if (crash == Crash::reordered) happened = random.below(2) == 0;
    if (happened) apply(names, unsynced_names_[i]);
  }
  std::map<const Inode*, std::shared_ptr<Inode>> copies;
  for (const auto& [path, inode] : names) {
    auto& copy = copies[inode.get()];
    if (copy == nullptr) {
      copy = std::make_shared<Inode>();
      const bool missing = !in_flight && inode.get() == inode_in_flight_;
      copy->current = content_after(*inode, missing, crash, random);
      // What survives a kill is still only in the page cache.
      copy->durable = crash == Crash::kill ? inode->durable : copy->current;
      if (crash == Crash::kill) {
        copy->unsynced = inode->unsynced;
        if (missing) copy->unsynced.pop_back();
      }
    }
    out->names_[path] = copy;
    if (crash != Crash::kill) out->durable_names_[path] = copy;
  }
  if (crash == Crash::kill) {
    for (const auto& [path, inode] : durable_names_) {
      if (copies.contains(inode.get())) out->durable_names_[path] = copies[inode.get()];
    }
    for (NameChange change : unsynced_names_) {
      if (change.inode != nullptr) {
        if (!copies.contains(change.inode.get())) continue;
        change.inode = copies[change.inode.get()];
      }
      out->unsynced_names_.push_back(std::move(change));
    }
  }
  return out;
}

}  // namespace maester::store
