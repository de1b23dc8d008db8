"""DynamoDB Local: AWS's own emulator of DynamoDB, kept in memory and on 127.0.0.1.

Maven fetches it below build/dynamodb once; a small launcher of ours keeps it off the other interfaces.
"""

import pathlib
import shutil
import subprocess

from . import process
from .server import Server

READY_SECONDS = 60
FETCH_SECONDS = 600
SOURCES = pathlib.Path(__file__).with_name("dynamodb_local")
FETCHED = process.BUILD / "dynamodb"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
# Any will do: signatures are not checked, and with -sharedDb all keys see the same tables.
ACCESS_KEY = "AKIADYNAMODYNAMODYNA"
SECRET_KEY = "dynamoSecretdynamoSecretdynamoSecretdyna"


def run():
    """A context manager that yields a Server."""
    return process.started("dynamodb", _start)


def fetch():
    """Fetches the program once; returns the folder of its libraries."""
    library = FETCHED / "lib"
    if library.exists():
        return library
    shutil.rmtree(FETCHED, ignore_errors=True)
    FETCHED.mkdir(parents=True)
    fresh = FETCHED / "lib.new"
    done = subprocess.run(["mvn", "-B", "-q", "-f", SOURCES / "pom.xml", COPY, f"-DoutputDirectory={fresh}",
                           "-DincludeScope=runtime"], capture_output=True, text=True, timeout=FETCH_SECONDS,
                          check=False)
    if done.returncode != 0:
        raise process.ServiceError(f"Maven could not fetch DynamoDB Local:\n{done.stdout[-4000:]}{done.stderr[-2000:]}")
    fresh.rename(library)
    return library


def _start(group):
    library = fetch()
    (port,) = process.free_ports(1)
    group.spawn(["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                 f"-Dsqlite4java.library.path={library}", "-cp", f"{library}/*", SOURCES / "Launcher.java",
                 "-inMemory", "-sharedDb", "-port", port, "-disableTelemetry"],
                process.clean_environment(HOME=str(group.folder), TMPDIR=str(group.folder)))
    endpoint = f"http://127.0.0.1:{port}"
    group.wait_until(lambda: process.answers(endpoint), READY_SECONDS)
    return Server("dynamodb", endpoint, ACCESS_KEY, SECRET_KEY)
