#include "s3/list_page.h"

#include <algorithm>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <pugixml.hpp>

namespace signpost::s3 {
namespace {

constexpr char kHead[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
constexpr char kTail[] = "</ListBucketResult>";
constexpr char kLast[] = "<IsTruncated>false</IsTruncated>";
constexpr char kUrl[] = "<EncodingType>url</EncodingType>";

std::string Document(std::string_view inside) { return kHead + std::string(inside) + kTail; }

std::string Object(std::string_view key) {
  return fmt::format(
      "<Contents><Key>{}</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>&quot;abc&quot;</ETag>"
      "<Size>7</Size><StorageClass>STANDARD</StorageClass></Contents>",
      key);
}

ListPage Scanned(std::string body) {
  ListPage page;
  page.body = std::move(body);
  const Status scanned = ScanListPage(&page);
  EXPECT_TRUE(scanned) << scanned.error().message << "\n" << page.body;
  return page;
}

void ExpectRefused(std::string body, ErrorCode code) {
  ListPage page;
  page.body = body;
  const Status scanned = ScanListPage(&page);
  ASSERT_FALSE(scanned) << body;
  EXPECT_EQ(Name(scanned.error().code), Name(code)) << scanned.error().message << "\n" << body;
}

std::string KeyOf(std::string_view encoded) {
  const ListPage page = Scanned(Document(std::string(kUrl) + kLast + Object(encoded)));
  return page.objects.size() == 1 ? std::string(page.objects[0].key) : "not one object";
}

TEST(ScanListPage, ReadsEveryFieldOfAnObject) {
  const ListPage page = Scanned(Document(std::string(kLast) +
                                         "<Contents><Key>k</Key><LastModified>2026-01-02T03:04:05.000Z</LastModified>"
                                         "<ETag>&quot;d41d-2&quot;</ETag><Size>18446744073709551615</Size>"
                                         "<StorageClass>GLACIER</StorageClass></Contents>"));
  ASSERT_EQ(page.objects.size(), 1u);
  EXPECT_EQ(page.objects[0].key, "k");
  EXPECT_EQ(page.objects[0].last_modified, "2026-01-02T03:04:05.000Z");
  EXPECT_EQ(page.objects[0].etag, "d41d-2");
  EXPECT_EQ(page.objects[0].size, 18446744073709551615u);
  EXPECT_EQ(page.objects[0].storage_class, "GLACIER");
  EXPECT_FALSE(page.is_truncated);
  EXPECT_TRUE(page.next_continuation_token.empty());
}

TEST(ScanListPage, ReadsTheSameFromEveryUsualAndUnusualSpelling) {
  const char* const kSpellings[] = {
      "<Contents><Key>a+b</Key><LastModified>t</LastModified><ETag>&quot;e&quot;</ETag>{}<Size>7</Size>"
      "<StorageClass>STANDARD_IA</StorageClass></Contents>",
      "<Contents><Key>a&#x20;b</Key><LastModified>t</LastModified><ETag>&quot;e&quot;</ETag>{}<Size>7</Size>"
      "<StorageClass>STANDARD_IA</StorageClass></Contents>",
      "<Contents> <Key>a%20b</Key><LastModified>t</LastModified><ETag>\"e\"</ETag>{}<Size>7</Size>"
      "<StorageClass>STANDARD&#95;IA</StorageClass></Contents>",
      "<Contents><Key>a+b</Key><LastModified>&#116;</LastModified><ETag>&#34;e&quot;</ETag>{}<Size>007</Size>"
      "<StorageClass>STANDARD_IA</StorageClass><Owner/></Contents>"};
  for (const char* more :
       {"", "<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>",
        "<ChecksumAlgorithm>&amp;</ChecksumAlgorithm>", "<ChecksumType/>"}) {
    std::string inside = kUrl + std::string(kLast);
    for (const char* spelling : kSpellings) inside += fmt::format(fmt::runtime(spelling), more);
    const ListPage page = Scanned(Document(inside));
    ASSERT_EQ(page.objects.size(), 4u);
    for (const ListedObject& object : page.objects) {
      EXPECT_EQ(object.key, "a b");
      EXPECT_EQ(object.last_modified, "t");
      EXPECT_EQ(object.etag, "e");
      EXPECT_EQ(object.size, 7u);
      EXPECT_EQ(object.storage_class, "STANDARD_IA");
    }
  }
}

TEST(ScanListPage, TakesFieldsInAnyOrderAndADefaultStorageClass) {
  const ListPage page = Scanned(Document("<Contents><Size>1</Size><Key>a</Key></Contents>" + std::string(kLast)));
  ASSERT_EQ(page.objects.size(), 1u);
  EXPECT_EQ(page.objects[0].key, "a");
  EXPECT_EQ(page.objects[0].storage_class, "STANDARD");
  EXPECT_EQ(page.objects[0].etag, "");
}

TEST(ScanListPage, DecodesPlusAsSpaceAndPercentSignsOnce) {
  EXPECT_EQ(KeyOf("a+b"), "a b");
  EXPECT_EQ(KeyOf("a%20b"), "a b");
  EXPECT_EQ(KeyOf("a%2Bb"), "a+b");
  EXPECT_EQ(KeyOf("a%2bb"), "a+b");
  EXPECT_EQ(KeyOf("a/b%2Fc"), "a/b/c");
  EXPECT_EQ(KeyOf("%2541"), "%41");
  EXPECT_EQ(KeyOf("%00%01%7F%FF"), std::string("\0\x01\x7f\xff", 4));
  EXPECT_EQ(KeyOf("caf%C3%A9"), "caf\xc3\xa9");
}

TEST(ScanListPage, DecodesEntitiesBeforePercentSigns) {
  EXPECT_EQ(KeyOf("a&amp;b&lt;&gt;&apos;&quot;"), "a&b<>'\"");
  EXPECT_EQ(KeyOf("&#x1F600;&#233;&#34;"), "\xf0\x9f\x98\x80\xc3\xa9\"");
  EXPECT_EQ(KeyOf("&#x25;41"), "A");
  EXPECT_EQ(KeyOf("&#x2B;"), " ");
}

TEST(ScanListPage, LeavesPlusAndPercentAloneWithoutEncodingType) {
  const ListPage page = Scanned(Document(std::string(kLast) + Object("a+b%20c")));
  EXPECT_EQ(page.objects.at(0).key, "a+b%20c");
}

TEST(ScanListPage, ObeysAnEncodingTypeThatComesLast) {
  EXPECT_EQ(Scanned(Document(std::string(kLast) + Object("a+b") + kUrl)).objects.at(0).key, "a b");
}

TEST(ScanListPage, NeverPercentDecodesTheContinuationToken) {
  const ListPage page =
      Scanned(Document(std::string(kUrl) + "<IsTruncated>true</IsTruncated><NextContinuationToken>1%2B+/=&amp;"
                                           "</NextContinuationToken>"));
  EXPECT_TRUE(page.is_truncated);
  EXPECT_EQ(page.next_continuation_token, "1%2B+/=&");
}

TEST(ScanListPage, TakesQuotesOffTheEtagHoweverTheyAreWritten) {
  for (const char* etag : {"&quot;e&quot;", "&#34;e&#34;", "&#x22;e&#x22;", "\"e\"", "e"}) {
    const ListPage page =
        Scanned(Document(kLast + fmt::format("<Contents><Key>k</Key><ETag>{}</ETag><Size>0</Size></Contents>", etag)));
    EXPECT_EQ(page.objects.at(0).etag, "e") << etag;
  }
}

TEST(ScanListPage, PassesOverWhatItDoesNotKnow) {
  const ListPage page = Scanned(Document(
      "<!-- <Contents> -->\n <Name>b</Name><Prefix/><Prefix a='>'/>" + std::string(kLast) +
      "<Contents><Owner><ID>1</ID><DisplayName><![CDATA[</Owner></Contents>]]></DisplayName></Owner><Key >k</Key>"
      "<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress>"
      "</RestoreStatus><Size>3</Size><Future><Key>no</Key><Future/></Future></Contents>"
      "<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes><?pi x?>"));
  ASSERT_EQ(page.objects.size(), 1u);
  EXPECT_EQ(page.objects[0].key, "k");
  EXPECT_EQ(page.objects[0].size, 3u);
}

TEST(ScanListPage, ReusesAPageWithoutARestOfTheOneBefore) {
  ListPage page;
  page.body = Document("<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>" + Object("a"));
  ASSERT_TRUE(ScanListPage(&page));
  page.body = Document(kLast);
  ASSERT_TRUE(ScanListPage(&page));
  EXPECT_TRUE(page.objects.empty());
  EXPECT_FALSE(page.is_truncated);
  EXPECT_TRUE(page.next_continuation_token.empty());
}

TEST(ScanListPage, N1_AcceptsNoProperBeginningOfAPage) {
  const std::string whole =
      Document(std::string(kUrl) + "<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>" +
               Object("a+%41&amp;") + Object("b"));
  for (std::size_t size = 0; size < whole.size(); ++size) ExpectRefused(whole.substr(0, size), ErrorCode::kUnavailable);
  EXPECT_EQ(Scanned(whole).objects.size(), 2u);
}

TEST(ScanListPage, N3_AsksAgainForWhatIsNotAListPage) {
  for (const std::string& body :
       {std::string(),
        std::string(" \n"),
        std::string("<html><body>proxy</body></html>"),
        std::string("not found"),
        std::string("<!DOCTYPE html><html></html>"),
        std::string("{}"),
        std::string(1, '\0'),
        std::string("<Error><Code>InternalError</Code></Error>"),
        std::string("<ListBucketResult/>"),
        std::string("<ListBucketResultX><IsTruncated>false</IsTruncated></ListBucketResultX>"),
        Document(""),
        Document("<IsTruncated>maybe</IsTruncated>"),
        Document(std::string(kLast)) + "x",
        Document(std::string(kLast)) + Document(std::string(kLast)),
        Document("text" + std::string(kLast)),
        Document(std::string(kLast) + "<A></B>"),
        Document(std::string(kLast) + "<A><B></A></B>"),
        Document(std::string(kLast) + Object("&unknown;")),
        Document(std::string(kLast) + Object("&#xD800;")),
        Document(std::string(kLast) + Object("&#0;")),
        Document(std::string(kLast) + Object("&#x110000;")),
        Document(std::string(kLast) + Object("a & b")),
        Document(kUrl + std::string(kLast) + Object("%4")),
        Document(kUrl + std::string(kLast) + Object("%zz")),
        Document(kUrl + std::string(kLast) + Object("a%"))}) {
    ExpectRefused(body, ErrorCode::kUnavailable);
  }
}

TEST(ScanListPage, N4_RefusesAPageThatContradictsItself) {
  const std::string last(kLast);
  ExpectRefused(Document("<IsTruncated>true</IsTruncated>"), ErrorCode::kDataLoss);
  ExpectRefused(Document("<IsTruncated>true</IsTruncated><NextContinuationToken></NextContinuationToken>"),
                ErrorCode::kDataLoss);
  ExpectRefused(Document(last + "<Contents><Size>1</Size></Contents>"), ErrorCode::kDataLoss);
  ExpectRefused(Document(last + Object("")), ErrorCode::kDataLoss);
  ExpectRefused(Document(last + Object(std::string(1025, 'k'))), ErrorCode::kDataLoss);
  for (const char* size : {"", "-1", "1.5", " 1", "0x10", "18446744073709551616"}) {
    ExpectRefused(Document(last + fmt::format("<Contents><Key>k</Key><Size>{}</Size></Contents>", size)),
                  ErrorCode::kDataLoss);
  }
  EXPECT_EQ(Scanned(Document(last + Object(std::string(1024, 'k')))).objects.at(0).key.size(), 1024u);
}

TEST(ScanListPage, N5_TakesATruncatedPageWithoutObjects) {
  const ListPage page =
      Scanned(Document("<IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>"));
  EXPECT_TRUE(page.objects.empty());
  EXPECT_EQ(page.next_continuation_token, "t");
}

/// A random document and what it says, written by the plainest means.
class RandomPage {
 public:
  explicit RandomPage(std::mt19937* random) : random_(random) {}

  std::string Make() {
    std::string inside = kUrl + std::string(kLast);
    for (std::size_t n = Pick(5); n > 0; --n) {
      std::string key;
      for (std::size_t size = 1 + Pick(20); size > 0; --size) key += static_cast<char>(Pick(256));
      keys.push_back(key);
      std::vector<std::string> fields = {"<Key>" + Encoded(key) + "</Key>",
                                         "<Size>" + std::to_string(n) + "</Size>",
                                         "<ETag>&quot;e&quot;</ETag>",
                                         "<Owner><ID>x</ID></Owner>",
                                         "<!-- c -->",
                                         "<StorageClass>STANDARD</StorageClass>"};
      if (Pick(2) == 0) std::shuffle(fields.begin(), fields.end(), *random_);
      inside += "<Contents>";
      for (const std::string& field : fields) inside += field + (Pick(8) == 0 ? "\n " : "");
      inside += "</Contents>";
    }
    return Document(inside);
  }

  std::vector<std::string> keys;

 private:
  std::size_t Pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(*random_); }

  std::string Encoded(std::string_view key) {
    std::string out;
    for (const char c : key) {
      const auto byte = static_cast<unsigned char>(c);
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/';
      if (plain && Pick(4) != 0) {
        out += c;
      } else if (c == ' ' && Pick(2) == 0) {
        out += '+';
      } else if (plain && Pick(2) == 0) {
        out += fmt::format("&#x{:x};", byte);
      } else {
        out += fmt::format("%{:02X}", byte);
      }
    }
    return out;
  }

  std::mt19937* const random_;
};

TEST(ScanListPage, ReadsRandomPagesAsTheyWereMade) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 3000; ++round) {
    RandomPage made(&random);
    const ListPage page = Scanned(made.Make());
    ASSERT_EQ(page.objects.size(), made.keys.size());
    for (std::size_t i = 0; i < made.keys.size(); ++i) ASSERT_EQ(page.objects[i].key, made.keys[i]);
  }
}

TEST(ScanListPage, AcceptsNoDamagedPageThatPugixmlReadsOtherwise) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 random(seed);
  const std::string whole = Document(kLast + Object("a") + Object("b") + Object("c"));
  constexpr std::size_t kRootBegins = sizeof kHead - 1;
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    ListPage page;
    page.body = whole;
    page.body[kRootBegins + random() % (whole.size() - kRootBegins)] = "<>/&;\"k !-"[random() % 10];
    const std::string damaged = page.body;
    if (!ScanListPage(&page)) continue;
    ++accepted;
    pugi::xml_document document;
    constexpr unsigned kKeepSpaces = pugi::parse_default | pugi::parse_ws_pcdata_single;
    ASSERT_TRUE(document.load_buffer(damaged.data(), damaged.size(), kKeepSpaces)) << damaged;
    const auto contents = document.document_element().children("Contents");
    ASSERT_EQ(page.objects.size(), static_cast<std::size_t>(std::distance(contents.begin(), contents.end())))
        << damaged;
    auto node = contents.begin();
    for (const ListedObject& object : page.objects) {
      ASSERT_EQ(object.key, (node++)->child_value("Key")) << damaged;
    }
  }
  EXPECT_GT(accepted, 1000);  // Most damage is to text, which changes what the page says but not its form.
}

}  // namespace
}  // namespace signpost::s3
