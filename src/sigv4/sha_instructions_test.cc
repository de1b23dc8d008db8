#include "sigv4/sha_instructions.h"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

namespace signpost::sigv4 {
namespace {

TEST(ShaInstructions, OpenSslSeesThoseThatTheProcessorHas) {
  EXPECT_EQ(OpenSslHasShaInstructions(), ProcessorHasShaInstructions()) << OPENSSL_info(OPENSSL_INFO_CPU_SETTINGS);
}

TEST(ShaInstructions, AreReadFromWhatOpenSslTells) {
  EXPECT_TRUE(TellsShaInstructions("OPENSSL_ia32cap=0x7ffaf3ffffebffff:0x405f46f1bf2fb9 env:"));
  EXPECT_TRUE(TellsShaInstructions("OPENSSL_ia32cap=0x0:0x20000000"));
  EXPECT_FALSE(TellsShaInstructions("OPENSSL_ia32cap=0x20000000:0xdfffffff"));
  EXPECT_FALSE(TellsShaInstructions("OPENSSL_ia32cap=0x20000000:0x0 env:0x0:0x20000000"));
  EXPECT_TRUE(TellsShaInstructions("OPENSSL_armcap=0xbd"));
  EXPECT_FALSE(TellsShaInstructions("OPENSSL_armcap=0x2f"));
}

TEST(ShaInstructions, AreNotThoughtToBeThereWhenNothingIsTold) {
  for (const char* const settings :
       {"", "OPENSSL_armcap=", "OPENSSL_ia32cap=0x20000000", "OPENSSL_ia32cap=0x0:", "0x10"}) {
    EXPECT_FALSE(TellsShaInstructions(settings)) << settings;
  }
}

}  // namespace
}  // namespace signpost::sigv4
