"""The command as a Debian package: one program without dependencies, its manual page and its shells' completions."""

import gzip
import os
import shutil

from package_target import ROOT, run

CONTROL = """Package: signpost
Version: {version}
Section: utils
Priority: optional
Architecture: {architecture}
Installed-Size: {kibibytes}
Maintainer: The Signpost authors <signpost@example.invalid>
Description: presigned manifests of S3 prefixes
 Lists a prefix of any size, presigns a GET URL for every object, and publishes
 one compressed manifest of them, itself behind a presigned URL.
"""
PAGES = {
    "_signpost": "usr/share/zsh/vendor-completions/_signpost",
    "signpost": "usr/share/bash-completion/completions/signpost",
    "signpost.fish": "usr/share/fish/vendor_completions.d/signpost.fish",
}


def write(architecture, version, program, folder, path):
    """Lays the package out in `folder`, beside which the pages and `notices` are, and writes it to `path`. The bytes
    depend on the content and on SOURCE_DATE_EPOCH."""
    pages = folder.parent / "pages"
    shutil.rmtree(folder, ignore_errors=True)
    _install(program, folder / "usr/bin/signpost", 0o755)
    for name, place in PAGES.items():
        _install(pages / name, folder / place, 0o644)
    _write(folder / "usr/share/man/man1/signpost.1.gz",
           gzip.compress((pages / "signpost.1").read_bytes(), compresslevel=9, mtime=0))
    _install(ROOT / "LICENSE", folder / "usr/share/doc/signpost/copyright", 0o644)
    _write(folder / "usr/share/doc/signpost/third-party.gz",
           gzip.compress((folder.parent / "notices").read_bytes(), compresslevel=9, mtime=0))
    _write(folder / "usr/share/doc/signpost/changelog.gz",
           gzip.compress((ROOT / "CHANGELOG.md").read_bytes(), compresslevel=9, mtime=0))
    control = CONTROL.format(version=version, architecture=architecture, kibibytes=_kibibytes(folder))
    _write(folder / "DEBIAN/control", control.encode())
    for place in (folder, *(one for one in folder.rglob("*") if one.is_dir())):
        os.chmod(place, 0o755)
    run("dpkg-deb", "--root-owner-group", "-Zxz", "--build", folder, path)


def _install(source, place, mode):
    _write(place, source.read_bytes())
    os.chmod(place, mode)


def _write(place, content):
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    os.chmod(place, 0o644)


def _kibibytes(folder):
    """As dpkg counts: each file in whole KiB, each folder one."""
    return sum(1 if one.is_dir() else -(-one.stat().st_size // 1024) for one in folder.rglob("*"))
