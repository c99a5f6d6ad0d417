#include "meter/price_catalog.h"

#include <gtest/gtest.h>

#include "meter/price_report.h"
#include "store/test_directory.h"
#include "support/shared.h"

namespace maester::meter {
namespace {

PriceBook table(std::string_view text) {
  std::vector<PriceNote> notes;
  auto book = PriceBook::parse(text, notes);
  EXPECT_TRUE(book) << book.error().message;
  return book ? *book : PriceBook();
}

WallTime day(std::string_view text) {
  return parse_rfc3339(text).value();
}

std::string input_price(const PriceBook& book, std::string_view model) {
  const auto match = book.find("openai", model);
  if (!match) return "unpriced";
  return (match->price->sheets().back().price(PriceField::input) * 1'000'000).to_string();
}

class CatalogTest : public testing::Test {
 protected:
  void SetUp() override { reopen(); }
  void reopen() {
    catalog_.reset();
    db_.reset();
    auto db = store::Database::open(directory_.path() + "/control.db", store::Database::Sync::full);
    ASSERT_TRUE(db);
    db_ = std::make_unique<store::Database>(std::move(*db));
    audit_ = *access::AuditLog::open(*db_, clock_, "digest key");
    auto catalog = PriceCatalog::open(*db_, *audit_);
    ASSERT_TRUE(catalog) << catalog.error().message;
    catalog_ = std::move(*catalog);
  }
  store::TestDirectory directory_;
  ManualClock clock_;
  std::unique_ptr<store::Database> db_;
  std::unique_ptr<access::AuditLog> audit_;
  std::unique_ptr<PriceCatalog> catalog_;
};

const access::Actor kActor{"default", "key-1", "api 127.0.0.1"};

TEST_F(CatalogTest, AnImportStandsInTheAuditLogOrDoesNotHappen) {
  const PriceBook one =
      table("\"gpt-4.1\" = { provider = \"openai\", input = \"7\", output = \"8\" }");
  ASSERT_TRUE(catalog_->add(one, "maester", day("2026-01-01"), day("2026-11-21"), kActor)->created);
  ASSERT_FALSE(
      catalog_->add(one, "maester", day("2026-01-01"), day("2026-11-22"), kActor)->created);
  const auto rows = audit_->page(access::kSystemChain, 0, 10);
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), 1u) << "what changes nothing leaves no row";
  EXPECT_EQ(rows->front().action, "pricing.import");
  EXPECT_EQ(rows->front().object, "1");
  EXPECT_EQ(rows->front().actor.key_id, "key-1");
  ASSERT_TRUE(db_->execute("ALTER TABLE audit RENAME TO away"));
  const PriceBook two =
      table("\"gpt-4.1\" = { provider = \"openai\", input = \"9\", output = \"8\" }");
  EXPECT_FALSE(catalog_->add(two, "maester", day("2026-01-01"), day("2026-11-23"), kActor));
  ASSERT_TRUE(db_->execute("ALTER TABLE away RENAME TO audit"));
  reopen();
  EXPECT_EQ(catalog_->imports().size(), 1u);
}

TEST_F(CatalogTest, APriceHoldsFromItsDayOnAndTheOthersStay) {
  const PriceBook first =
      table("\"gpt-4.1\" = { provider = \"openai\", input = \"7\", output = \"8\" }");
  const PriceBook later =
      table("\"mine\" = { provider = \"openai\", input = \"1\", output = \"1\" }");
  ASSERT_TRUE(
      catalog_->add(first, "maester", day("2026-12-01"), day("2026-11-21"), kActor)->created);
  ASSERT_TRUE(
      catalog_->add(later, "maester", day("2027-01-01"), day("2026-11-22"), kActor)->created);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(input_price(*catalog_->at(day("2026-11-30T23:59:59.999999999Z")), "gpt-4.1"), "2");
    EXPECT_EQ(input_price(*catalog_->at(day("2026-12-01")), "gpt-4.1"), "7");
    EXPECT_EQ(input_price(*catalog_->at(day("2026-12-01")), "gpt-4.1-mini"), "0.4");
    EXPECT_EQ(input_price(*catalog_->at(day("2026-12-01")), "mine"), "unpriced");
    EXPECT_EQ(input_price(*catalog_->at(day("2027-01-01")), "mine"), "1");
    EXPECT_EQ(input_price(*catalog_->at(day("2027-01-01")), "gpt-4.1"), "7");
    EXPECT_EQ(catalog_->next_change(day("2026-11-21")), day("2026-12-01"));
    EXPECT_EQ(catalog_->next_change(day("2026-12-01")), day("2027-01-01"));
    EXPECT_FALSE(catalog_->next_change(day("2027-01-01")));
    reopen();  // and after a restart
  }
}

TEST_F(CatalogTest, OfTwoImportsForOneDayTheLaterHolds) {
  const PriceBook one = table("\"m\" = { provider = \"openai\", input = \"1\", output = \"1\" }");
  const PriceBook two = table("\"m\" = { provider = \"openai\", input = \"2\", output = \"1\" }");
  ASSERT_TRUE(catalog_->add(one, "maester", day("2026-01-01"), day("2026-11-21"), kActor));
  ASSERT_TRUE(catalog_->add(two, "maester", day("2026-01-01"), day("2026-11-21"), kActor));
  EXPECT_EQ(input_price(*catalog_->at(day("2026-06-01")), "m"), "2");
  // The same again changes nothing; the first one again does.
  EXPECT_FALSE(
      catalog_->add(two, "maester", day("2026-01-01"), day("2026-11-22"), kActor)->created);
  EXPECT_EQ(catalog_->imports().size(), 2u);
  EXPECT_TRUE(catalog_->add(one, "maester", day("2026-01-01"), day("2026-11-22"), kActor)->created);
  EXPECT_EQ(input_price(*catalog_->at(day("2026-06-01")), "m"), "1");
}

TEST_F(CatalogTest, EveryBookThatWasInForceIsFoundByItsVersion) {
  std::vector<PriceNote> notes;
  PriceOverride stated;
  stated.input = FemtoUsd::parse("3");
  stated.request = FemtoUsd::parse("0.01");
  const PriceBook plain = PriceBook::builtin();
  const PriceBook own = plain.with_overrides({{"fast", stated}}, notes).value();
  ASSERT_TRUE(catalog_->keep(plain, day("2026-11-21")));
  ASSERT_TRUE(catalog_->keep(own, day("2026-11-21")));
  ASSERT_TRUE(catalog_->keep(own, day("2026-11-22")));
  reopen();
  EXPECT_EQ(catalog_->find(plain.version())->version(), plain.version());
  const auto back = catalog_->find(own.version());
  ASSERT_TRUE(back) << back.error().message;
  const auto match = back->find("openai", "gpt-4.1", "fast");
  ASSERT_TRUE(match);
  EXPECT_EQ(match->how, PriceMatch::How::configured);
  EXPECT_EQ(*match->price, *own.find("openai", "gpt-4.1", "fast")->price);
  EXPECT_EQ(catalog_->find("000000000000").error().code, Code::not_found);
  ASSERT_TRUE(db_->execute("UPDATE price_books SET text = replace(text, '0.4', '0.5')"));
  EXPECT_EQ(catalog_->find(own.version()).error().code, Code::corrupt);
}

TEST(PriceReport, AccountsForEveryKeyOfThePublicTable) {
  SHARED_OR_SKIP(file, "data/pricing/litellm_model_prices.json");
  std::vector<PriceNote> notes;
  const auto book = PriceBook::import_litellm(test::read_file(file), "", notes);
  ASSERT_TRUE(book);
  const PriceReport report = make_report(*book, std::move(notes));
  EXPECT_EQ(report.keys, 2985u);
  EXPECT_EQ(report.carried, book->size());
  std::size_t counted = 0;
  bool dbu = false;
  for (const PriceReport::Reason& reason : report.reasons()) {
    counted += reason.count;
    EXPECT_FALSE(reason.reason.empty());
    EXPECT_FALSE(reason.examples.empty());
    if (reason.kind != PriceNote::Kind::ignored) continue;
    if (reason.reason.find("DBU") != std::string::npos) dbu = reason.count == 56;  // 28, twice
  }
  EXPECT_TRUE(dbu);
  EXPECT_EQ(counted, report.notes.size());
}

}  // namespace
}  // namespace maester::meter
