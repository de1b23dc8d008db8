"""What ./dev package puts around a program: the zip, the sums, the bill of materials, the Debian package."""

import json
import os
import pathlib
import re
import stat
import subprocess
import sys
import zipfile

import packageurl
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import package  # noqa: E402
import package_deb  # noqa: E402
import package_dependencies  # noqa: E402
import package_sbom  # noqa: E402
import package_zip  # noqa: E402

PROGRAM = b"#!/bin/sh\necho works\n" + bytes(range(256)) * 300
SECONDS = 1_700_000_000
VERSIONS = {name: f"1:{number}.2+dfsg-3~deb12u1" for number, name in
            enumerate([*package_sbom.LIBRARIES, *package_sbom.BUILD_TOOLS])}


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "signpost-lambda"
    path.write_bytes(PROGRAM)
    return path


def test_zip_is_the_same_whatever_time_mode_name_and_umask_its_program_has(program, tmp_path):
    package_zip.write(program, tmp_path / "one.zip")
    other = tmp_path / "elsewhere" / "other-name"
    other.parent.mkdir()
    other.write_bytes(PROGRAM)
    other.chmod(0o600)
    os.utime(other, (1, 1))
    umask = os.umask(0o077)
    package_zip.write(other, tmp_path / "other.zip")
    os.umask(umask)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "other.zip").read_bytes()


def test_zip_has_bootstrap_at_its_root_which_unpacks_as_it_was_and_executable(program, tmp_path):
    package_zip.write(program, tmp_path / "function.zip")
    with zipfile.ZipFile(tmp_path / "function.zip") as archive:
        assert archive.testzip() is None
        (entry,) = archive.infolist()
        assert (entry.filename, archive.read(entry)) == ("bootstrap", PROGRAM)
        mode = entry.external_attr >> 16
    assert stat.S_ISREG(mode)
    assert stat.S_IMODE(mode) == 0o755


def sbom(program, versions=VERSIONS, seconds=SECONDS):
    return package_sbom.make("signpost", "0.1.0", program, versions, seconds)


def problem(text):
    return JsonStrictValidator(SchemaVersion.V1_5).validate_str(text)


def test_sbom_is_valid_by_cyclonedx_own_schema_which_refuses_a_broken_one(program):
    text = sbom(program)
    assert problem(text) is None
    broken = json.loads(text)
    broken["components"][0]["type"] = "archive"
    assert problem(json.dumps(broken)) is not None


def test_sbom_names_every_linked_package_with_a_url_that_means_it(program):
    document = json.loads(sbom(program))
    for package_name, (source, _) in package_sbom.LIBRARIES.items():
        (component,) = [one for one in document["components"] if one["name"] == source]
        url = packageurl.PackageURL.from_string(component["purl"])
        assert (url.type, url.namespace, url.name, url.version) == ("deb", "debian", source, VERSIONS[package_name])
        assert component["version"] == VERSIONS[package_name]
    (root, *_) = document["dependencies"]
    assert root["ref"] == document["metadata"]["component"]["bom-ref"]
    assert sorted(root["dependsOn"]) == sorted(one["bom-ref"] for one in document["components"])


def test_sbom_of_the_function_does_not_name_what_the_command_alone_links(program):
    linked = {name: one for name, one in VERSIONS.items() if name not in package_sbom.COMMAND_ONLY}
    names = {one["name"] for one in json.loads(sbom(program, linked))["components"]}
    assert {"curl", "openssl", "c-ares", "libisal"} <= names
    assert not names & {"cli11", "cpp-httplib"}


def test_sbom_is_the_same_for_the_same_program_and_its_serial_number_another_for_another(program):
    text = sbom(program)
    assert sbom(program) == text
    program.write_bytes(PROGRAM + b"\n")
    assert json.loads(sbom(program))["serialNumber"] != json.loads(text)["serialNumber"]


def test_every_package_that_is_linked_or_builds_is_one_that_the_lists_install():
    lists = (ROOT / "tools/package-packages.txt").read_text() + (ROOT / "tools/package-packages-arm64.txt").read_text()
    installed = {re.sub(":.*", "", line) for line in lists.splitlines() if not line.startswith("#")}
    from_source = set(package_dependencies.SOURCES)
    with_the_compiler = {"libc6-dev", "libstdc++-12-dev", "binutils"}
    assert {*package_sbom.LIBRARIES, *package_sbom.BUILD_TOOLS} - from_source - with_the_compiler <= installed


def test_archives_are_made_again_when_a_package_was_upgraded_and_not_otherwise(tmp_path, monkeypatch):
    (tmp_path / "source/pugixml/src").mkdir(parents=True)
    for folder in ("fmtlib/include/fmt", "cpp-httplib"):
        (tmp_path / "source" / folder).mkdir(parents=True)
    (tmp_path / "source/cpp-httplib/httplib.h").touch()
    (tmp_path / "source/versions.txt").write_text("curl 1\n")
    openssl, made = "3.0.1", []
    monkeypatch.setattr(package_dependencies, "run", lambda *_: f"libssl-dev {openssl}\n")
    for step in ("_drop_unwinding", "_build_isal", "_build_curl", "_build_one"):
        monkeypatch.setattr(package_dependencies, step, lambda *_: made.append(openssl))

    def rebuilt():
        before = len(made)
        package_dependencies.build(package.TARGETS["arm64"], tmp_path)
        return len(made) > before

    assert (rebuilt(), rebuilt()) == (True, False)
    openssl = "3.0.2"
    assert (rebuilt(), rebuilt()) == (True, False)
    (tmp_path / "source/versions.txt").write_text("curl 2\n")
    assert (rebuilt(), rebuilt()) == (True, False)


def test_sums_are_those_that_sha256sum_checks_and_leave_nothing_out(tmp_path):
    for name in ("b.zip", "a", "c.deb"):
        (tmp_path / name).write_text(name)
    package.write_sums(tmp_path)
    package.write_sums(tmp_path)
    check = ["sha256sum", "--check", "--strict", package.SUMS]
    done = subprocess.run(check, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "a: OK\nb.zip: OK\nc.deb: OK\n"
    (tmp_path / "a").write_text("another")
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 1


def test_folders_made_twice_differ_by_content_mode_and_names(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        for name in ("same", "content", "mode"):
            (folder / name).write_text(name)
    (other / "content").write_text("changed")
    (other / "mode").chmod(0o700)
    (one / "only-here").touch()
    (other / "only-there").touch()
    assert package.differences(one, other) == ["content", "mode", "only-here", "only-there"]


def make_deb(folder, program):
    pages = folder / "pages"
    pages.mkdir(parents=True)
    for name in (*package_deb.PAGES, "signpost.1"):
        (pages / name).write_text(f"page {name}\n")
    (folder / "notices").write_text("licences")
    path = folder / "signpost.deb"
    package_deb.write("arm64", "0.1.0", program, folder / "tree", path)
    return path


def test_deb_is_what_dpkg_unpacks_and_the_same_when_made_again(program, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(SECONDS))
    paths = [make_deb(tmp_path / name, program) for name in ("one", "other")]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    fields = subprocess.check_output(["dpkg-deb", "--field", paths[0]], text=True)
    assert {"Package: signpost", "Version: 0.1.0", "Architecture: arm64"} <= set(fields.splitlines())
    assert "Depends" not in fields
    listing = subprocess.check_output(["dpkg-deb", "--contents", paths[0]], text=True)
    modes = {line.split()[5]: (line.split()[0], line.split()[1]) for line in listing.splitlines()}
    assert modes["./usr/bin/signpost"] == ("-rwxr-xr-x", "root/root")
    assert modes["./usr/share/man/man1/signpost.1.gz"] == ("-rw-r--r--", "root/root")
    unpacked = tmp_path / "unpacked"
    subprocess.run(["dpkg-deb", "--extract", paths[0], unpacked], check=True)
    assert (unpacked / "usr/bin/signpost").read_bytes() == PROGRAM
    assert (unpacked / "usr/share/bash-completion/completions/signpost").read_text() == "page signpost\n"


@pytest.mark.parametrize(("command", "fails", "status"), [
    (["package"], None, 0), (["package", "--verify"], "tools/package.py", 3), (["package"], "tools/setup.sh", 3),
    (["test-arm64"], None, 0), (["test-arm64"], "tools/package.py", 3), (["test-arm64"], "build/venv/bin/python", 3),
    (["test-arm64"], "bin/cmake", 3), (["check"], "tools/setup.sh", 3), (["check"], "build/venv/bin/python", 3),
    (["build"], "bin/cmake", 3), (["bench"], "bin/cmake", 3), (["help"], None, 0), ([], None, 0), (["tset"], None, 2)])
def test_dev_fails_when_a_step_does(tmp_path, command, fails, status):
    """The script among steps that do nothing, of which one may fail."""
    (tmp_path / "dev").write_bytes((ROOT / "dev").read_bytes())
    for step in ("tools/setup.sh", "tools/package.py", "build/venv/bin/python", "bin/cmake"):
        path = tmp_path / step
        path.parent.mkdir(parents=True, exist_ok=True)
        ends = 3 if step == fails else 0
        path.write_text(f"raise SystemExit({ends})\n" if step.endswith(".py") else f"#!/bin/sh\nexit {ends}\n")
        path.chmod(0o755)
    done = subprocess.run(["bash", tmp_path / "dev", *command], capture_output=True, check=False, timeout=60,
                          env={"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"})
    assert done.returncode == status, done.stderr
