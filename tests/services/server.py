"""What a test is told about a running S3 server."""

import dataclasses

import boto3
import botocore.config

REGION = "us-east-1"


@dataclasses.dataclass(frozen=True)
class Server:
    """Where it listens, and a key that it accepts and checks."""

    name: str
    endpoint: str
    access_key: str
    secret_key: str

    def client(self, service="s3", **changes):
        """A boto3 client; `changes` replace the credentials."""
        settings = {"aws_access_key_id": self.access_key, "aws_secret_access_key": self.secret_key, **changes}
        config = botocore.config.Config(
            s3={"addressing_style": "path"}, retries={"max_attempts": 3, "mode": "standard"}, max_pool_connections=32,
            connect_timeout=5, read_timeout=60, request_checksum_calculation="when_required",
            response_checksum_validation="when_required")
        return boto3.session.Session().client(
            service, endpoint_url=self.endpoint, region_name=REGION, config=config, **settings)

    def environment(self):
        """The variables that the AWS CLI, and signpost, read."""
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_REGION": REGION, "AWS_ACCESS_KEY_ID": self.access_key,
                "AWS_SECRET_ACCESS_KEY": self.secret_key, "AWS_EC2_METADATA_DISABLED": "true"}
