"""The bucket that the jobs list."""

OBJECTS = 40


def make(client):
    """A bucket with a few objects below a/; returns its name."""
    client.create_bucket(Bucket="lambda-source")
    for number in range(OBJECTS):
        client.put_object(Bucket="lambda-source", Key=f"a/{number:03}", Body=f"body {number}".encode())
    return "lambda-source"
