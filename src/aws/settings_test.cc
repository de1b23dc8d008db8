#include "aws/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/temporary_folder.h"

namespace signpost::aws {
namespace {

using ::testing::HasSubstr;

class SettingsTest : public ::testing::Test {
 protected:
  SettingsTest() { Set("HOME", home_.path().string()); }

  void Write(const std::string& name, std::string_view text) { home_.Write(".aws/" + name, text); }
  void Set(const std::string& name, const std::string& value) { environment_.variables[name] = value; }
  Result<Settings> Load(const Overrides& overrides = {}) { return LoadSettings(environment_, overrides); }

  testing::TemporaryFolder home_;
  Environment environment_;
};

TEST_F(SettingsTest, NeedNoFiles) {
  const auto settings = Load();
  ASSERT_TRUE(settings) << settings.error().ToString();
  EXPECT_EQ(settings->profile, "default");
  EXPECT_FALSE(settings->region);
  EXPECT_EQ(settings->S3Region().name, "us-east-1");
  EXPECT_FALSE(settings->s3.endpoint_url);
}

TEST_F(SettingsTest, TakeTheRegionFromTheFirstThatNamesOne) {
  Write("config", "[default]\nregion = from-profile\n");
  EXPECT_EQ(Load()->region, "from-profile");
  Set("AWS_DEFAULT_REGION", "from-default");
  EXPECT_EQ(Load()->region, "from-default");
  Set("AWS_REGION", "from-variable");
  EXPECT_EQ(Load()->region, "from-variable");
  EXPECT_EQ(Load({.region = "from-option"})->region, "from-option");
  Set("AWS_REGION", "");
  EXPECT_EQ(Load()->region, "from-default");
}

TEST_F(SettingsTest, TakeTheProfileFromTheFirstThatNamesOne) {
  Write("config", "[profile a]\nregion = ra\n[profile b]\nregion = rb\n[profile c]\nregion = rc\n");
  Set("AWS_DEFAULT_PROFILE", "a");
  EXPECT_EQ(Load()->region, "ra");
  Set("AWS_PROFILE", "b");
  EXPECT_EQ(Load()->region, "rb");
  EXPECT_FALSE(Load()->profile_is_chosen);
  const auto chosen = Load({.profile = "c"});
  EXPECT_EQ(chosen->region, "rc");
  EXPECT_TRUE(chosen->profile_is_chosen);
}

TEST_F(SettingsTest, RefuseAProfileThatDoesNotExist) {
  const auto settings = Load({.profile = "nobody"});
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(settings.error().message, HasSubstr("'nobody'"));
}

TEST_F(SettingsTest, TakeTheEndpointFromTheFirstThatNamesOne) {
  Write("config",
        "[default]\nendpoint_url = http://profile\nservices = local\n[services local]\ns3 =\n  endpoint_url = "
        "http://services\n");
  EXPECT_EQ(Load()->s3.endpoint_url, "http://services");
  EXPECT_EQ(Load()->sts_endpoint_url, "http://profile");
  Set("AWS_ENDPOINT_URL", "http://all");
  EXPECT_EQ(Load()->s3.endpoint_url, "http://all");
  Set("AWS_ENDPOINT_URL_S3", "http://s3");
  EXPECT_EQ(Load()->s3.endpoint_url, "http://s3");
  EXPECT_EQ(Load()->sts_endpoint_url, "http://all");
  Set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
  EXPECT_FALSE(Load()->s3.endpoint_url);
  EXPECT_EQ(Load({.endpoint_url = "http://option"})->s3.endpoint_url, "http://option");
}

TEST_F(SettingsTest, ReadTheNestedAddressingStyle) {
  Write("config", "[default]\ns3 =\n    max_queue_size = 5\n    addressing_style = path\nregion = r\n");
  EXPECT_EQ(Load()->s3.addressing_style, AddressingStyle::kPath);
  EXPECT_EQ(Load()->region, "r");
  EXPECT_EQ(Load({.addressing_style = AddressingStyle::kVirtual})->s3.addressing_style, AddressingStyle::kVirtual);
  Write("config", "[default]\ns3 =\n  addressing_style = sideways\n");
  const auto refused = Load();
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("'sideways'"));
}

TEST_F(SettingsTest, LetTheCredentialsFileWin) {
  Write("config", "[default]\naws_access_key_id = CONFIG\nregion = r\n");
  Write("credentials", "[default]\naws_access_key_id = CREDENTIALS\n");
  const auto settings = Load();
  ASSERT_TRUE(settings);
  EXPECT_EQ(Get(*settings->files.Profile("default"), "aws_access_key_id"), "CREDENTIALS");
  EXPECT_EQ(settings->region, "r");
}

TEST_F(SettingsTest, FindTheFilesWhereVariablesSay) {
  Write("elsewhere", "[default]\nregion = r\n");
  Set("AWS_CONFIG_FILE", "~/.aws/elsewhere");
  EXPECT_EQ(Load()->region, "r");
}

TEST_F(SettingsTest, NameFileAndLineOfWhatIsMalformed) {
  Write("config", "[default]\nregion = r\n\n[profile x\n");
  const auto settings = Load();
  ASSERT_FALSE(settings);
  EXPECT_EQ(settings.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(settings.error().message, HasSubstr(".aws/config, line 4"));
}

TEST_F(SettingsTest, DoNotShowAMalformedLine) {
  Write("credentials", "[default]\nwJalrXUtnFEMI\n");
  const auto settings = Load();
  ASSERT_FALSE(settings);
  EXPECT_THAT(settings.error().ToString(), ::testing::Not(HasSubstr("wJalr")));
}

TEST(ProfileFiles, TakeCommentsBlanksAndCarriageReturns) {
  ProfileFiles files;
  ASSERT_TRUE(files.Parse("# c\r\n; d\r\n\r\n[ profile  dev ]\r\nRegion=x=y \r\n", false, "f"));
  ASSERT_NE(files.Profile("dev"), nullptr);
  EXPECT_EQ(Get(*files.Profile("dev"), "region"), "x=y");
}

TEST(ProfileFiles, KeepSessionsAndServicesApartFromProfiles) {
  ProfileFiles files;
  ASSERT_TRUE(files.Parse("[sso-session n]\na=1\n[services n]\na=2\n[profile n]\na=3\n[plain]\na=4\n", false, "f"));
  EXPECT_EQ(Get(*files.SsoSession("n"), "a"), "1");
  EXPECT_EQ(Get(*files.Services("n"), "a"), "2");
  EXPECT_EQ(Get(*files.Profile("n"), "a"), "3");
  EXPECT_EQ(files.Profile("plain"), nullptr);
}

}  // namespace
}  // namespace signpost::aws
