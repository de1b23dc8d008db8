"""What a program consists of, as CycloneDX 1.5 JSON (https://cyclonedx.org/docs/1.5/json/).

The components are the Debian packages whose code is in the program: as archives, as headers, or built from the source
package. The same input makes the same bytes; the time is the commit's.
"""

import datetime
import hashlib
import json
import uuid

SPEC_VERSION = "1.5"
# By the package that is installed or unpacked: Debian's source package, and the licences of what is linked (SPDX).
LIBRARIES = {
    "curl": ("curl", ["curl"]),
    "libisal": ("libisal", ["BSD-3-Clause"]),
    "libssl-dev": ("openssl", ["Apache-2.0"]),
    "libc-ares-dev": ("c-ares", ["MIT"]),
    "zlib1g-dev": ("zlib", ["Zlib"]),
    "pugixml": ("pugixml", ["MIT"]),
    "fmtlib": ("fmtlib", ["MIT"]),
    "nlohmann-json3-dev": ("nlohmann-json3", ["MIT"]),
    "libcli11-dev": ("cli11", ["BSD-3-Clause"]),
    "cpp-httplib": ("cpp-httplib", ["MIT"]),
    "libc6-dev": ("glibc", ["LGPL-2.1-or-later"]),
    "libstdc++-12-dev": ("gcc-12", ["GPL-3.0-or-later WITH GCC-exception-3.1"]),
    "ca-certificates": ("ca-certificates", ["MPL-2.0"]),
}
# What only the command links.
COMMAND_ONLY = {"libcli11-dev", "cpp-httplib"}
BUILD_TOOLS = ["g++-12", "binutils", "cmake", "nasm"]


def make(name, version, program, versions, seconds):
    """The document for `program`. `versions` has a version for each name in LIBRARIES that is linked and for each of
    BUILD_TOOLS; `seconds` since 1970 is the time it tells."""
    digest = hashlib.sha256(program.read_bytes()).hexdigest()
    reference = f"pkg:generic/{name}@{version}"
    libraries = [_library(package, versions[package]) for package in sorted(LIBRARIES) if package in versions]
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{reference}#{digest}')}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.datetime.fromtimestamp(seconds, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tools": {"components": [{"type": "application", "name": tool, "version": versions[tool]}
                                     for tool in BUILD_TOOLS if tool in versions]},
            "component": {"type": "application", "bom-ref": reference, "name": name, "version": version,
                          "purl": reference, "licenses": _licenses(["Apache-2.0"]),
                          "hashes": [{"alg": "SHA-256", "content": digest}]},
        },
        "components": libraries,
        "dependencies": [{"ref": reference, "dependsOn": [library["bom-ref"] for library in libraries]},
                         *({"ref": library["bom-ref"]} for library in libraries)],
    }
    return json.dumps(document, indent=2, ensure_ascii=True) + "\n"


def _library(package, version):
    source, licenses = LIBRARIES[package]
    reference = f"pkg:deb/debian/{source}@{_escape(version)}?arch=source&distro=debian-12"
    return {"type": "library", "bom-ref": reference, "name": source, "version": version, "purl": reference,
            "licenses": _licenses(licenses)}


def _licenses(names):
    return [{"expression": name} if " " in name else {"license": {"id": name}} for name in names]


def _escape(version):
    """As a package URL wants it: an epoch's colon and a plus sign are percent-encoded."""
    return version.replace(":", "%3A").replace("+", "%2B")
