"""Makes what is shipped, without any shared library, in dist/:

    signpost-lambda-ARCH.zip        the function: a zip with `bootstrap`
    signpost-ARCH                   the command
    signpost_VERSION_ARCH.deb       the command, its manual page and completions
    *.cdx.json                      what function and command consist of (CycloneDX)
    third-party.txt                 the licences of what is linked into them
    SHA256SUMS                      of all of these

    /usr/bin/python3 tools/package.py [--arch arm64|x86_64] [--verify]

Both processors when none is named. `--verify` makes everything a second time, from a copy of the sources in another
folder and without ccache, and compares the bytes.
"""

import argparse
import hashlib
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import time

import package_deb
import package_dependencies
import package_notices
import package_sbom
import package_zip
from package_target import ROOT, TARGETS, Failure, jobs, run

MOST_BOOTSTRAP_BYTES = 6 << 20
SUMS = "SHA256SUMS"


def version():
    return re.search(r"^project\(signpost VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)[1]


def commit_seconds():
    """SOURCE_DATE_EPOCH, else the time of the commit."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given or subprocess.check_output(["git", "log", "-1", "--format=%ct"], cwd=ROOT, text=True))


def package_versions(target, sources):
    """Versions of what is linked and of what builds, as dpkg and the unpacked sources tell them."""
    found = dict(sources)
    for name in [*package_sbom.LIBRARIES, *package_sbom.BUILD_TOOLS]:
        if name not in found:
            found[name] = run("dpkg-query", "-W", "-f", "${Version}", target.package(name))
    return found


def compile_programs(target, work, prefix):
    """Builds both programs and the pages; returns the folder."""
    folder = work / target.arch / "signpost"
    configure(target, folder, prefix, "OFF")
    run("cmake", "--build", folder, "-j", jobs(), "--target", "signpost", "signpost-lambda", "signpost_pages")
    return folder


def configure(target, folder, prefix, tests):
    """Static programs in `folder`, with the libraries in `prefix`; `tests` is ON or OFF. Without tests they are
    optimised when they are linked, and every file is compiled on its own; for some twenty test programs both would take
    several times as long."""
    at_link_time = "OFF" if tests == "ON" else "ON"
    run("cmake", "-S", ROOT, "-B", folder, "-G", "Ninja", f"-DCMAKE_TOOLCHAIN_FILE={target.toolchain()}",
        "-DCMAKE_BUILD_TYPE=None", "-DSIGNPOST_STATIC=ON", f"-DSIGNPOST_UNITY={tests}", f"-DSIGNPOST_TESTS={tests}",
        f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_FLAGS={target.flags()}",
        f"-DCMAKE_INTERPROCEDURAL_OPTIMIZATION={at_link_time}")


def strip(target, program, place):
    run(target.tool("strip"), "--strip-all", "--remove-section=.comment", "-o", place, program)
    place.chmod(0o755)


def expect_static(target, program):
    """A program that asks for a loader or a library would not start on Amazon Linux."""
    said = run(target.tool("readelf"), "--program-headers", "--dynamic", program)
    if "INTERP" in said or "NEEDED" in said:
        raise Failure(f"{program} is not static:\n{said}")


def make(target, work, dist):
    """Everything for one processor."""
    started = time.monotonic()
    prefix = package_dependencies.build(target, work)
    built = compile_programs(target, work, prefix)
    stage = work / target.arch / "stage"
    stage.mkdir(exist_ok=True)
    bootstrap, command = stage / "bootstrap", stage / f"signpost-{target.arch}"
    strip(target, built / "bin/signpost-lambda", bootstrap)
    strip(target, built / "bin/signpost", command)
    for program in (bootstrap, command):
        expect_static(target, program)
    if bootstrap.stat().st_size > MOST_BOOTSTRAP_BYTES:
        raise Failure(f"bootstrap takes {bootstrap.stat().st_size} bytes; {MOST_BOOTSTRAP_BYTES} are the limit")
    release, versions = version(), package_versions(target, package_dependencies.fetch(work))
    archive = dist / f"signpost-lambda-{target.arch}.zip"
    package_zip.write(bootstrap, archive)
    shutil.copy2(command, dist / command.name)
    notices = package_notices.collect(target, work / "source")
    (built / "notices").write_text(notices)
    (dist / "third-party.txt").write_text(notices)
    package_deb.write(target.debian, release, command, built / "deb",
                      dist / f"signpost_{release}_{target.debian}.deb")
    of_function = {name: one for name, one in versions.items() if name not in package_sbom.COMMAND_ONLY}
    for name, program, linked in [("signpost-lambda", bootstrap, of_function), ("signpost", command, versions)]:
        (dist / f"{name}-{target.arch}.cdx.json").write_text(
            package_sbom.make(name, release, program, linked, commit_seconds()))
    print(f"{target.arch}: bootstrap {bootstrap.stat().st_size:,} bytes, zip {archive.stat().st_size:,}, command "
          f"{command.stat().st_size:,}, in {time.monotonic() - started:.0f} s", flush=True)


def write_sums(dist):
    """In the form of sha256sum, of every other file there."""
    names = sorted(path.name for path in dist.iterdir() if path.name != SUMS)
    lines = [f"{hashlib.sha256((dist / name).read_bytes()).hexdigest()}  {name}\n" for name in names]
    (dist / SUMS).write_text("".join(lines))


def make_again(arches, work):
    """The same once more from a copy elsewhere; returns its dist/."""
    again = work / "again" / "elsewhere"
    shutil.rmtree(again.parent, ignore_errors=True)
    for name in subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT).decode().split("\0"):
        if (ROOT / name).is_file():
            (again / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, again / name)
    shutil.copytree(work / "source", again / "build/package/source", symlinks=True)
    environment = {**os.environ, "CCACHE_DISABLE": "1", "SOURCE_DATE_EPOCH": str(commit_seconds())}
    for arch in arches:
        run(sys.executable, again / "tools/package.py", "--arch", arch, env=environment)
    return again / "dist"


def differences(one, other):
    """Names of the files that are not the same in both folders."""
    names = {path.name for folder in (one, other) for path in folder.iterdir()}
    return sorted(name for name in names if not _same(one / name, other / name))


def _same(one, other):
    return (one.exists() and other.exists() and one.read_bytes() == other.read_bytes()
            and stat.S_IMODE(one.stat().st_mode) == stat.S_IMODE(other.stat().st_mode))


def main(arguments):
    parser = argparse.ArgumentParser(prog="./dev package", description="Makes the static packages in dist/.")
    parser.add_argument("--arch", action="append", choices=TARGETS, help="only this one; may be repeated")
    parser.add_argument("--verify", action="store_true", help="make everything twice and compare the bytes")
    options = parser.parse_args(arguments)
    arches = options.arch or list(TARGETS)
    os.umask(0o022)
    os.environ["SOURCE_DATE_EPOCH"] = str(commit_seconds())
    work, dist = ROOT / "build/package", ROOT / "dist"
    for folder in (work, dist):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        package_dependencies.fetch(work)
        for arch in arches:
            make(TARGETS[arch], work, dist)
        write_sums(dist)
        if options.verify:
            different = differences(dist, make_again(arches, work))
            print(f"made twice: {', '.join(different) or 'no file'} differs", flush=True)
            return 1 if different else 0
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    sys.exit(main(sys.argv[1:]))
