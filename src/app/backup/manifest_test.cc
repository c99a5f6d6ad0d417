#include "app/backup/manifest.h"

#include <gtest/gtest.h>

namespace maester::app {
namespace {

BackupManifest example() {
  BackupManifest out;
  out.id = "20261121T193000123Z-4f0a91";
  out.created_at = *parse_rfc3339("2026-11-21T19:30:00.123Z");
  out.program = "0.5.0";
  out.journal = {1042, 0};
  out.files = {{"control.db", 4096, std::string(64, 'a')},
               {"journal/000-0000000001.seg", 1204, std::string(64, 'b')},
               {"knowledge/c 1/v1/manifest", 0, std::string(64, 'c')}};
  return out;
}

TEST(BackupManifest, ReadsWhatItWrote) {
  const auto read = decode_backup_manifest(encode_backup_manifest(example()));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, example());
  EXPECT_EQ(read->bytes(), 5300u);
}

TEST(BackupManifest, EveryFlippedBitShows) {
  const std::string good = encode_backup_manifest(example());
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      EXPECT_FALSE(decode_backup_manifest(bad)) << at << ' ' << bit;
    }
  }
}

TEST(BackupManifest, HalfOfOneIsNone) {
  const std::string good = encode_backup_manifest(example());
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_FALSE(decode_backup_manifest(good.substr(0, size))) << size;
}

TEST(BackupManifest, NoFileLiesOutsideTheBackup) {
  for (const char* name : {"/etc/passwd", "../x", "a/../../x", "a//b", "./x", "", "a/"}) {
    BackupManifest bad = example();
    bad.files[0].name = name;
    EXPECT_FALSE(decode_backup_manifest(encode_backup_manifest(bad))) << name;
  }
}

}  // namespace
}  // namespace maester::app
