"""The licences of what is linked into the programs, as Debian's packages tell them: most ask to be passed on."""

import pathlib

import package_sbom

DOCUMENTATION = pathlib.Path("/usr/share/doc")


def collect(target, sources):
    """One text. `sources` is the folder of the unpacked source packages."""
    parts = ["What Signpost's static programs contain besides Signpost itself, and its licences, as told by Debian.\n"]
    for name in sorted(package_sbom.LIBRARIES):
        unpacked = sources / name / "debian/copyright"
        installed = DOCUMENTATION / target.package(name).partition(":")[0] / "copyright"
        text = (unpacked if unpacked.exists() else installed).read_text(encoding="utf-8", errors="replace")
        parts.append(f"{'=' * 20} {package_sbom.LIBRARIES[name][0]} {'=' * 20}\n\n{text.strip()}\n")
    return "\n".join(parts)
