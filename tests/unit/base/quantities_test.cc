// SPDX-License-Identifier: Apache-2.0
#include "planish/quantities.h"

#include <gtest/gtest.h>

#include <limits>

#include "support/arrow_assertions.h"

namespace planish {
namespace {

struct Accepted {
  const char* text;
  int64_t bytes;
};

class AcceptedByteSizeTest : public testing::TestWithParam<Accepted> {};

TEST_P(AcceptedByteSizeTest, IsReadExactly) {
  ASSERT_OK_AND_ASSIGN(int64_t bytes, ParseByteSize(GetParam().text, 0));
  EXPECT_EQ(bytes, GetParam().bytes) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(
    ByteSizeTest, AcceptedByteSizeTest,
    testing::Values(Accepted{"1", 1}, Accepted{"1048576", 1048576}, Accepted{"7B", 7},
                    Accepted{"64MB", 64'000'000}, Accepted{"64kB", 64'000},
                    Accepted{"64KB", 64'000}, Accepted{"2 gb", 2'000'000'000},
                    Accepted{"  3  TB ", 3'000'000'000'000}, Accepted{"64KiB", 65536},
                    Accepted{"64mib", 64 * 1048576}, Accepted{"1.5GiB", 1'610'612'736},
                    Accepted{"0.5 kB", 500}, Accepted{"1.1TB", 1'100'000'000'000},
                    Accepted{"0.3 GB", 300'000'000}, Accepted{"1.9", 1},
                    Accepted{"1.25TiB", 1'374'389'534'720},
                    Accepted{"0.123456789012TB", 123'456'789'012},
                    Accepted{"256M", 256'000'000}, Accepted{"2G", 2'000'000'000},
                    Accepted{"1T", 1'000'000'000'000}, Accepted{"64K", 64'000},
                    Accepted{"1.5 g", 1'500'000'000},
                    Accepted{"9223372036854775806", 9'223'372'036'854'775'806}));

class RefusedByteSizeTest : public testing::TestWithParam<const char*> {};

TEST_P(RefusedByteSizeTest, IsAnInvalidOption) {
  EXPECT_ERROR_KIND(ParseByteSize(GetParam(), 1000), ErrorKind::kInvalidOption);
}

INSTANTIATE_TEST_SUITE_P(ByteSizeTest, RefusedByteSizeTest,
                         testing::Values("", " ", "MB", "0", "0MB", "0.0001", "-1", "+1",
                                         "-1MB", "1.", ".5MB", "1.MB", "1 P", "64Ki",
                                         "1.5.5", "1e3", "0x10", "1MBit", "1 000", "NaN",
                                         "inf", "99999999999999999999", "9300000TB",
                                         "101%", "0%", "-5%", "50%%", "50 % MB"));

TEST(ByteSizeTest, TakesAPercentageOfTheWhole) {
  EXPECT_EQ(ParseByteSize("50%", 1000).ValueOrDie(), 500);
  EXPECT_EQ(ParseByteSize("12.5 %", 1000).ValueOrDie(), 125);
  EXPECT_EQ(ParseByteSize("100%", 1000).ValueOrDie(), 1000);
}

TEST(ByteSizeTest, RefusesAPercentageOfNothing) {
  EXPECT_ERROR_KIND(ParseByteSize("50%", 0), ErrorKind::kInvalidOption);
}

TEST(ByteSizeTest, ErrorSaysWhatIsAllowed) {
  EXPECT_EQ(
      FormatError(ParseByteSize("64Ki", 0).status()),
      "not a size in bytes: 64Ki\n"
      "  allowed: a positive number, then nothing or B, kB, MB, GB, TB (or k, M, G, "
      "T), KiB, MiB, GiB, TiB\n"
      "\n"
      "hint: write it like 500MB, 2G or 1.5GiB");
  EXPECT_THAT(FormatError(ParseByteSize("200%", 1000).status()),
              testing::HasSubstr("at most 100%"));
}

TEST(FormatByteSizeTest, ShowsThreeSignificantDigits) {
  EXPECT_EQ(FormatByteSize(0), "0 B");
  EXPECT_EQ(FormatByteSize(512), "512 B");
  EXPECT_EQ(FormatByteSize(999), "999 B");
  EXPECT_EQ(FormatByteSize(1000), "1.00 kB");
  EXPECT_EQ(FormatByteSize(1'500'000), "1.50 MB");
  EXPECT_EQ(FormatByteSize(12'340'000), "12.3 MB");
  EXPECT_EQ(FormatByteSize(123'400'000), "123 MB");
  EXPECT_EQ(FormatByteSize(2'000'000'000), "2.00 GB");
  EXPECT_EQ(FormatByteSize(std::numeric_limits<int64_t>::max()), "9.22 EB");
  EXPECT_EQ(FormatByteSize(-1'500'000), "-1.50 MB");
}

TEST(FormatByteSizeTest, RoundsUpIntoTheNextUnit) {
  EXPECT_EQ(FormatByteSize(9'994), "9.99 kB");
  EXPECT_EQ(FormatByteSize(9'996), "10.0 kB");
  EXPECT_EQ(FormatByteSize(99'960), "100 kB");
  EXPECT_EQ(FormatByteSize(999'499), "999 kB");
  EXPECT_EQ(FormatByteSize(999'500), "1.00 MB");
}

TEST(FormatCountTest, SeparatesThousands) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1000), "1,000");
  EXPECT_EQ(FormatCount(2'999'809), "2,999,809");
  EXPECT_EQ(FormatCount(-100), "-100");
  EXPECT_EQ(FormatCount(-1'234'567), "-1,234,567");
}

TEST(FormatSecondsTest, UsesTheUnitThatFits) {
  EXPECT_EQ(FormatSeconds(0), "0.00 s");
  EXPECT_EQ(FormatSeconds(0.42), "0.42 s");
  EXPECT_EQ(FormatSeconds(9.999), "10.0 s");
  EXPECT_EQ(FormatSeconds(12.34), "12.3 s");
  EXPECT_EQ(FormatSeconds(59.97), "1 min 00 s");
  EXPECT_EQ(FormatSeconds(245), "4 min 05 s");
  EXPECT_EQ(FormatSeconds(3599.6), "1 h 00 min");
  EXPECT_EQ(FormatSeconds(7380), "2 h 03 min");
}

}  // namespace
}  // namespace planish
