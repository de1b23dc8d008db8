#include "manifest/footer.h"

#include <string>

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace signpost::manifest {
namespace {

Footer Example() {
  const std::chrono::sys_seconds signed_at = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  Footer footer{.rows = 2, .object_bytes = 30, .content_bytes = 300, .content_crc32 = 0x12345678};
  footer.bucket = "data";
  footer.prefix = "logs/";
  footer.signed_at = signed_at;
  footer.expires_at = signed_at + std::chrono::minutes(15);
  footer.members = {{.offset = 0, .first_row = 0}};
  return footer;
}

/// The example of docs/manifest.md, packed with Python's struct and zlib.
constexpr char kExampleHex[] =
    "1f8b08040000000000ff670053506300"
    "01000001020000000000000000000000"
    "000000001e000000000000002c010000"
    "000000007856341200b9556900000000"
    "84bc556900000000c800000000000000"
    "04006461746105006c6f67732f010000"
    "0000002cf740607d0000005349474e50"
    "4f535403000000000000000000";

TEST(Footer, EncodesToTheDocumentedBytes) {
  EXPECT_EQ(HexEncode(AsBytes(EncodeFooterMember(Example(), 200))), kExampleHex);
}

TEST(Footer, ReadsBackWhatWasWritten) {
  const std::string member = EncodeFooterMember(Example(), 200);
  auto found = DecodeFooter(member, 200 + member.size());
  ASSERT_TRUE(found) << found.error().ToString();
  EXPECT_EQ(found->offset, 200u);
  EXPECT_EQ(found->footer.rows, 2u);
  EXPECT_EQ(found->footer.prefix, "logs/");
  EXPECT_EQ(found->footer.members, Example().members);
  EXPECT_EQ(found->footer.expires_at - found->footer.signed_at, std::chrono::minutes(15));
}

TEST(Footer, IsRefusedWithAnyBitChanged) {
  const std::string member = EncodeFooterMember(Example(), 200);
  for (std::size_t bit = 0; bit < member.size() * 8; ++bit) {
    std::string changed = member;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(DecodeFooter(changed, 200 + member.size())) << bit;
  }
}

TEST(Footer, IsRefusedInAFileOfAnotherLength) {
  const std::string member = EncodeFooterMember(Example(), 200);
  auto found = DecodeFooter(member, 201 + member.size());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, ErrorCode::kDataLoss);
}

TEST(Footer, FitsItsFieldWithTheLargestIndexOfAPebibyte) {
  Footer footer = Example();
  footer.prefix.assign(1024, 'x');
  footer.members.clear();
  for (std::uint64_t i = 0; i < kMaxMembers; ++i) footer.members.push_back({.offset = i << 38, .first_row = i << 38});
  const std::string member = EncodeFooterMember(footer, std::uint64_t{1} << 50);
  EXPECT_LE(member.size(), kMaxFooterBytes);
  auto found = DecodeFooter(member, (std::uint64_t{1} << 50) + member.size());
  ASSERT_TRUE(found) << found.error().ToString();
  EXPECT_EQ(found->footer.members, footer.members);
}

}  // namespace
}  // namespace signpost::manifest
