#include "sigv4/sha256.h"

#include <algorithm>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace signpost::sigv4 {
namespace {

// FIPS 180-4, "SHA-256 example (one-block message)".
TEST(Sha256, MessageInPiecesHashesLikeTheWhole) {
  Sha256 hash;
  hash.Update("a");
  Sha256 copy = hash;
  hash.Update("bc");
  EXPECT_EQ(HexEncode(hash.Finish()), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  copy.Update("bc");
  EXPECT_EQ(HexEncode(copy.Finish()), HexEncode(Sha256Of("abc")));
}

// RFC 4231, test cases 1 and 6: a key shorter and one longer than a block.
TEST(HmacKey, SignsTheExamplesOfRfc4231) {
  const HmacKey shorter(AsBytes(std::string(20, '\x0b')));
  EXPECT_EQ(HexEncode(shorter.Sign("Hi There")), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  const HmacKey longer(AsBytes(std::string(131, '\xaa')));
  EXPECT_EQ(HexEncode(longer.Sign("Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacKey, DerivedKeyIsTheKeyOfTheCode) {
  const HmacKey key(AsBytes("secret"));
  EXPECT_EQ(key.Derive("one").Sign("two"), HmacKey(key.Sign("one")).Sign("two"));
}

TEST(HmacKey, IsOverwrittenWhenItGoes) {
  alignas(HmacKey) unsigned char storage[sizeof(HmacKey)];
  std::ranges::fill(storage, 0x55);
  std::destroy_at(new (storage) HmacKey(AsBytes("secret")));
  const volatile unsigned char* const left = storage;
  EXPECT_EQ(std::count(left, left + sizeof(HmacKey), 0), static_cast<std::ptrdiff_t>(sizeof(HmacKey)));
}

}  // namespace
}  // namespace signpost::sigv4
