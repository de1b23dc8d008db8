"""SeaweedFS lists in directory order: refused by default, served with --listing serial."""

import pytest
from conftest import new_bucket
from odd_keys import put_all
from signpost_command import manifest_rows

# In byte order "obj!" comes before "obj/a"; in directory order it comes after.
KEYS = ["obj!", "obj+", "obj/a", "obj/b", "obj0", "zebra"]


@pytest.fixture
def disordered(seaweedfs_server):
    name = new_bucket(seaweedfs_server)
    put_all(seaweedfs_server.client(), name, KEYS)
    return name


def test_N4_DisorderIsRefusedNamingTheSerialMode(seaweedfs_server, disordered, signpost):
    done = signpost.at(seaweedfs_server).run("create", f"s3://{disordered}")
    assert done.returncode == 1
    assert done.stdout == ""
    assert "--listing serial" in done.stderr


def test_SerialListingHasEveryObjectOnce(seaweedfs_server, disordered, signpost):
    command = signpost.at(seaweedfs_server)
    result = command.json("create", f"s3://{disordered}", "--listing", "serial")
    rows = manifest_rows(result)
    assert sorted(row["key"] for row in rows) == sorted(KEYS)
    assert [row["key"] for row in rows] != sorted(KEYS), "the server's own order, or this test shows nothing"
    assert command.run("verify", result["manifest_url"]).returncode == 0


def test_SerialListingHasEveryObjectOnceOverManyPages(seaweedfs_server, signpost):
    name = new_bucket(seaweedfs_server)
    keys = [f"d{number % 7}/f{number}" for number in range(2100)] + [f"d{number}!" for number in range(7)]
    put_all(seaweedfs_server.client(), name, keys)
    result = signpost.at(seaweedfs_server).json("create", f"s3://{name}", "--listing", "serial")
    assert sorted(row["key"] for row in manifest_rows(result)) == sorted(keys)
