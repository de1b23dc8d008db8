"""The configuration as botocore resolves it, and command lines as shlex splits them, against show_settings."""

import json
import pathlib
import random
import shlex
import subprocess
import urllib.parse

import botocore.config
import botocore.session
import pytest

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "build/release/bin/show_settings"
ARN = "arn:{}:s3:{}:123456789012:accesspoint/reports"


def ask(**question):
    """What the program answers."""
    done = subprocess.run([PROGRAM], input=json.dumps(question) + "\n", check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


class World:
    """A home folder and an environment that both sides read."""

    def __init__(self, folder, monkeypatch):
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.environment = {"HOME": str(folder)}
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL",
                     "AWS_ENDPOINT_URL_S3", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            monkeypatch.delenv(name, raising=False)
        self.set(AWS_CONFIG_FILE=str(folder / "config"), AWS_SHARED_CREDENTIALS_FILE=str(folder / "credentials"))

    def set(self, **variables):
        for name, value in variables.items():
            self.environment[name] = value
            self.monkeypatch.setenv(name, value)

    def write(self, config="", credentials=""):
        (self.folder / "config").write_text(config)
        (self.folder / "credentials").write_text(credentials)

    def ours(self, **more):
        return ask(environment=self.environment, **more)

    def client(self, service="s3", **options):
        """botocore's client, made from nothing but the world; keys that no test looks at."""
        session = botocore.session.Session()
        region = session.get_config_variable("region")
        options.setdefault("config", botocore.config.Config(s3={"us_east_1_regional_endpoint": "regional"}))
        return session.create_client(service, region, aws_access_key_id="AK", aws_secret_access_key="SK", **options)


@pytest.fixture
def world(tmp_path, monkeypatch):
    return World(tmp_path, monkeypatch)


PROFILES = {
    "two files": ("[default]\nregion = eu-west-1\noutput=json\n", "[default]\nregion = eu-west-2\nx = 1\n"),
    "comments": ("# c\n[default]\n; c\nregion = eu-west-1\nA = b # kept\n", ""),
    "nested": ("[default]\ns3 =\n  addressing_style = path\n  max = 3\nregion=eu-west-1\n", ""),
    "colon": ("[default]\nregion: eu-west-1\nendpoint_url = http://h:1/\n", ""),
    "spaces": ("[default]\n  \nregion   =   eu-west-1  \nempty =\n", "[ other ]\nx=1\n"),
    "equals in a value": ("[default]\ncredential_process = /bin/x --a=b \"c d\"\n", ""),
    "crlf": ("[default]\r\nregion = eu-west-1\r\n", ""),
}


@pytest.mark.parametrize("name", PROFILES)
def test_settings_of_the_default_profile_are_botocores(world, name):
    world.write(*PROFILES[name])
    expected = {}
    for key, value in botocore.session.Session().get_scoped_config().items():
        if isinstance(value, dict):
            expected |= {f"{key}.{inner}": text for inner, text in value.items()}
        else:
            expected[key] = value
    ours = world.ours()["profile"]
    assert {key: value for key, value in ours.items() if value or key not in ("s3",)} == expected


@pytest.mark.parametrize("header", ["profile dev", 'profile "dev"', "profile 'dev'", "profile   dev", "profile\tdev"])
def test_a_profile_is_found_however_its_header_is_quoted(world, header):
    world.write(f"[{header}]\nregion = eu-west-3\n", "[dev]\nx = 1\n")
    world.set(AWS_PROFILE="dev")
    assert world.ours()["profile"] == botocore.session.Session().get_scoped_config()


def test_a_profile_with_a_blank_in_its_name_is_found(world):
    world.write('[profile "a b"]\nregion = eu-west-3\n')
    world.set(AWS_PROFILE="a b")
    assert world.ours()["profile"] == botocore.session.Session().get_scoped_config()


def test_a_profile_that_nobody_wrote_is_refused(world):
    world.set(AWS_PROFILE="nobody")
    assert "nobody" in world.ours()["error"]
    with pytest.raises(botocore.exceptions.ProfileNotFound):
        botocore.session.Session().get_scoped_config()


@pytest.mark.parametrize("variables", [{}, {"AWS_DEFAULT_REGION": "ap-south-1"}])
def test_the_region_is_botocores(world, variables):
    world.write("[default]\nregion = eu-west-1\n")
    world.set(**variables)
    assert world.ours()["region"] == botocore.session.Session().get_config_variable("region")


def test_no_region_is_none(world):
    assert world.ours()["region"] is botocore.session.Session().get_config_variable("region") is None


ENDPOINTS = {
    "none": ({}, ""),
    "service variable": ({"AWS_ENDPOINT_URL_S3": "http://one:1"}, ""),
    "variable": ({"AWS_ENDPOINT_URL": "http://all:1"}, ""),
    "both variables": ({"AWS_ENDPOINT_URL": "http://all:1", "AWS_ENDPOINT_URL_S3": "http://one:1"}, ""),
    "profile": ({}, "endpoint_url = http://profile:1\n"),
    "services": ({}, "services = s\n[services s]\ns3 =\n  endpoint_url = http://section:1\n"),
    "services and profile": (
        {}, "endpoint_url = http://profile:1\nservices = s\n[services s]\ns3 =\n  endpoint_url = http://section:1\n"),
    "services of another": (
        {}, "endpoint_url = http://profile:1\nservices = s\n[services s]\nsts =\n  endpoint_url = http://section:1\n"),
    "variable and services": ({"AWS_ENDPOINT_URL": "http://all:1"},
                              "services = s\n[services s]\ns3 =\n  endpoint_url = http://section:1\n"),
    "variable and profile": ({"AWS_ENDPOINT_URL_S3": "http://one:1"}, "endpoint_url = http://profile:1\n"),
    "ignored by variable": ({"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_ENDPOINT_URL": "http://all:1"}, ""),
    "ignored in capitals": ({"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "TRUE", "AWS_ENDPOINT_URL": "http://all:1"}, ""),
    "not ignored": ({"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false", "AWS_ENDPOINT_URL": "http://all:1"}, ""),
    "ignored by profile": ({"AWS_ENDPOINT_URL": "http://all:1"},
                           "ignore_configured_endpoint_urls = true\nendpoint_url = http://profile:1\n"),
}


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize("service", ["s3", "sts"])
def test_the_endpoint_url_is_botocores(world, name, service):
    variables, profile = ENDPOINTS[name]
    world.write(f"[default]\nregion = eu-west-1\n{profile}")
    world.set(**variables)
    theirs = world.client(service).meta.endpoint_url
    if theirs.endswith(".amazonaws.com"):
        theirs = None
    assert world.ours()[service] == theirs


def url_of_botocore(world, bucket, style):
    """The URL without its query, or None where botocore refuses."""
    config = botocore.config.Config(signature_version="s3v4", s3={
        "addressing_style": style, "us_east_1_regional_endpoint": "regional", "use_arn_region": False})
    try:
        url = world.client(config=config).generate_presigned_url(
            "get_object", {"Bucket": bucket, "Key": "key"})
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError):
        return None
    return urllib.parse.urlsplit(url)._replace(query="").geturl()


REGIONS = ["us-east-1", "us-east-2", "eu-central-1", "ap-southeast-7", "us-gov-west-1", "us-gov-east-1", "cn-north-1",
           "cn-northwest-1", "us-iso-east-1", "us-iso-west-1", "us-isob-east-1", "us-isof-south-1", "eu-isoe-west-1",
           "eusc-de-east-1"]


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("style", ["auto", "path", "virtual"])
def test_the_url_of_an_object_is_botocores(world, region, style):
    world.set(AWS_DEFAULT_REGION=region)
    # When presigning, botocore's "auto" goes to the legacy global host; its "virtual" is the region's own.
    theirs = "virtual" if style == "auto" else style
    for bucket in ("bucket", "b-2"):
        assert world.ours(bucket=bucket, style=style)["url"] == url_of_botocore(world, bucket, theirs)
    if style != "virtual":
        assert world.ours(bucket="a.b", style=style)["url"] == url_of_botocore(world, "a.b", style)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000", "https://s3.example.org", "https://example.org/base"])
@pytest.mark.parametrize("style", ["auto", "path"])
def test_the_url_of_an_object_at_a_custom_endpoint_is_botocores(world, url, style):
    world.set(AWS_ENDPOINT_URL_S3=url, AWS_DEFAULT_REGION="us-east-1")
    # Left alone, botocore puts a bucket before a name; everybody who runs such a server sets path.
    assert world.ours(bucket="bucket", style=style)["url"] == url_of_botocore(world, "bucket", "path")


def test_a_bucket_stands_before_a_custom_endpoint_when_asked(world):
    world.set(AWS_ENDPOINT_URL_S3="https://s3.example.org:8443", AWS_DEFAULT_REGION="us-east-1")
    assert world.ours(bucket="bucket", style="virtual")["url"] == url_of_botocore(
        world, "bucket", "virtual")


@pytest.mark.parametrize(("partition", "region"), [
    ("aws", "us-east-1"), ("aws", "eu-west-1"), ("aws-us-gov", "us-gov-west-1"), ("aws-cn", "cn-north-1")])
def test_the_url_of_an_access_point_is_botocores(world, partition, region):
    world.set(AWS_DEFAULT_REGION=region)
    arn = ARN.format(partition, region)
    assert world.ours(bucket=arn)["url"] == url_of_botocore(world, arn, "auto")


def test_an_access_point_is_refused_where_botocore_refuses_it(world):
    world.set(AWS_DEFAULT_REGION="us-east-1")
    for arn in (ARN.format("aws", "eu-west-1"), ARN.format("aws-cn", "cn-north-1")):
        assert url_of_botocore(world, arn, "auto") is None
        assert "error" in world.ours(bucket=arn)


LINES = ["  a  b\tc ", "a \"b c\" 'd e'f", r"""a\ b "\"x\" \n" '\'""", "a \"\" ''", "$HOME;ls|x>y", "", "  ", "a 'b",
         'a "b', r"a\\b", r'"\\" "\$" "\`" "\a"', "a#b #c", "a\nb", "\"a\nb\"", "a\\"]


def split(line):
    """What shlex makes of it; None where it refuses or finds nothing to run."""
    try:
        return shlex.split(line) or None
    except ValueError:
        return None


@pytest.mark.parametrize("line", LINES)
def test_command_lines_split_as_in_shlex(line):
    assert ask(command_line=line).get("words") == split(line)


def test_random_command_lines_split_as_in_shlex():
    seed = random.randrange(1 << 32)
    source = random.Random(seed)
    lines = ["".join(source.choices("ab \t'\"\\", k=source.randrange(12))) for _ in range(3000)]
    asked = "".join(json.dumps({"command_line": line}) + "\n" for line in lines)
    done = subprocess.run([PROGRAM], input=asked, check=True, capture_output=True, text=True)
    for line, answer in zip(lines, done.stdout.splitlines(), strict=True):
        assert json.loads(answer).get("words") == split(line), f"seed {seed}, line {line!r}"
