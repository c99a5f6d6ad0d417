#include "batches/file_store.h"

#include <filesystem>

#include "base/hash.h"
#include "batches/batch_testing.h"

namespace maester::batches {
namespace {

using FileStoreTest = BatchTest;

std::size_t count(const std::string& directory) {
  std::size_t out = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) out += entry.exists();
  return out;
}

TEST_F(FileStoreTest, GivesBackWhatCameInWhateverItsLength) {
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, kChunk - 1, kChunk, kChunk + 1, 3 * kChunk}) {
    std::string text(size, 'x');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 + i / 7);
    const StoredFile file = put(text);
    EXPECT_EQ(file.bytes, static_cast<std::int64_t>(size));
    EXPECT_EQ(file.sha256, sha256_hex(text));
    EXPECT_EQ(read(file.id), text);
  }
}

TEST_F(FileStoreTest, ABodyIsSealedAndOpensForItsFileOnly) {
  const std::string text = "the secret words of a tenant";
  const StoredFile a = put(text), b = put(text);
  std::string on_disk;
  {
    const auto file = disk_.open(bodies() + "/" + a.id, store::FileSystem::Open::existing);
    on_disk = *(*file)->read_at(0, 4'096);
  }
  EXPECT_EQ(on_disk.find("secret"), std::string::npos);
  std::filesystem::copy_file(bodies() + "/" + a.id, bodies() + "/" + b.id,
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_FALSE((*files_->read("t", b))->next());
  std::filesystem::resize_file(bodies() + "/" + a.id, 60);
  EXPECT_FALSE((*files_->read("t", a))->next());
}

TEST_F(FileStoreTest, AnUploadThatBreaksOffLeavesNothing) {
  {
    auto body = files_->begin("t");
    ASSERT_TRUE((*body)->write(std::string(2 * kChunk, 'x')));
    EXPECT_EQ(count(bodies()), 1u);
  }
  EXPECT_EQ(count(bodies()), 0u);
  auto body = files_->begin("t");
  ASSERT_TRUE((*body)->write("x"));
  ASSERT_TRUE((*body)->finish());
  (*body)->keep();  // the process dies before its row is there
  const StoredFile kept = put("y");
  open();
  EXPECT_EQ(count(bodies()), 1u);
  EXPECT_EQ(read(kept.id), "y");
}

TEST_F(FileStoreTest, AnotherTenantsFileIsNone) {
  const StoredFile file = put("mine");
  const auto foreign = files_->find("other", file.id), unknown = files_->find("other", "file-0");
  ASSERT_FALSE(foreign);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(foreign.error().code, unknown.error().code);
  ASSERT_FALSE(files_->remove("other", file.id));
  EXPECT_EQ(files_->remove("other", file.id).error().code, Code::not_found);
  EXPECT_TRUE(files_->list("other", {})->files.empty());
  EXPECT_EQ(
      batches_
          ->create(
              "other",
              {.input_file = file.id, .endpoint = "/v1/embeddings", .metadata = {}, .key_id = "k"})
          .error()
          .code,
      Code::not_found);
  EXPECT_FALSE((*files_->read("other", file))->next());
}

TEST_F(FileStoreTest, ListsPageByIdInBothOrders) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(put("x", "t", i == 2 ? "vision" : "batch").id);
  auto page = *files_->list("t", {.purpose = "batch", .limit = 3});
  ASSERT_EQ(page.files.size(), 3u);
  EXPECT_TRUE(page.more);
  EXPECT_EQ(page.files[0].id, ids[4]);
  page = *files_->list("t", {.purpose = "batch", .after = page.files[2].id});
  ASSERT_EQ(page.files.size(), 1u);
  EXPECT_EQ(page.files[0].id, ids[0]);
  page = *files_->list("t", {.after = ids[1], .newest_first = false, .limit = 1});
  EXPECT_EQ(page.files[0].id, ids[2]);
}

TEST_F(FileStoreTest, ExpiresAndKeepsWhatABatchReads) {
  auto body = files_->begin("t");
  ASSERT_TRUE((*body)->write(line(1)));
  ASSERT_TRUE((*body)->finish());
  const StoredFile file = *files_->add(
      "t", **body, {.purpose = "batch", .name = "a", .expires_after = std::chrono::hours{1}});
  const auto batch = batches_->create(
      "t",
      {.input_file = file.id, .endpoint = "/v1/chat/completions", .metadata = {}, .key_id = "k"});
  EXPECT_EQ(files_->remove("t", file.id).error().code, Code::conflict);
  clock_.advance(std::chrono::hours{2});
  EXPECT_FALSE(files_->find("t", file.id));
  EXPECT_EQ(*files_->expire(), 0);
  EXPECT_EQ(run(*batch).status, BatchStatus::completed);
  EXPECT_EQ(*files_->expire(), 1);
  EXPECT_EQ(count(bodies()), 1u);  // the output
}

TEST_F(FileStoreTest, ErasingATenantTakesItsFilesAndBatches) {
  const StoredFile mine = put("mine"), theirs = put("theirs", "other");
  (void)create(lines(2));
  {
    const auto db = work_->use();
    ASSERT_TRUE(db->transaction([&]() -> Status {
      TRY(batches_->erase(*db, "t"));
      return files_->erase(*db, "t");
    }));
  }
  files_->forget("t");
  EXPECT_EQ(*files_->expire(), 0);
  EXPECT_EQ(count(bodies()), 1u);
  EXPECT_FALSE(files_->find("t", mine.id));
  EXPECT_EQ(read(theirs.id, "other"), "theirs");
  EXPECT_TRUE(batches_->list("t", "", 9)->batches.empty());
  auto body = files_->begin("t");
  ASSERT_TRUE((*body)->finish());
  EXPECT_FALSE(files_->add("t", **body, {.purpose = "batch", .name = "late"}));
}

}  // namespace
}  // namespace maester::batches
