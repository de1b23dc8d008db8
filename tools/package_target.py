"""What ./dev package builds for: the two processors, and how each is compiled."""

import dataclasses
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[1]
HARDENING = ["-O2", "-fPIE", "-fstack-protector-strong", "-fstack-clash-protection", "-D_FORTIFY_SOURCE=2"]
SECTIONS = ["-ffunction-sections", "-fdata-sections"]


@dataclasses.dataclass(frozen=True)
class Target:
    """A processor. `arch` is Lambda's name for it."""

    arch: str
    debian: str
    triplet: str
    isal: tuple  # What ISA-L's makefile wants to hear.
    branches: str  # Guards indirect branches where the processor can.
    packages: dict = dataclasses.field(default_factory=dict)  # Debian's names where they are not those of amd64.

    def toolchain(self):
        return ROOT / "cmake" / "static" / f"{self.arch}.cmake"

    def package(self, name):
        """The installed package behind `name`; a library's is that of this processor."""
        if name in self.packages:
            return self.packages[name]
        return f"{name}:{self.debian}" if name.startswith(("lib", "zlib")) and name != "libcli11-dev" else name

    def tool(self, name):
        return f"{self.triplet}-{name}"

    def flags(self):
        """For every compilation; where the sources and the build are must not show in the result."""
        return " ".join([*HARDENING, self.branches, *SECTIONS, f"-ffile-prefix-map={ROOT}=."])


TARGETS = {
    "x86_64": Target("x86_64", "amd64", "x86_64-linux-gnu", ("host_cpu=x86_64",), "-fcf-protection=full"),
    "arm64": Target("arm64", "arm64", "aarch64-linux-gnu", ("host_cpu=aarch64", "arch=aarch64"),
                    "-mbranch-protection=standard",
                    {"g++-12": "g++-12-aarch64-linux-gnu", "binutils": "binutils-aarch64-linux-gnu",
                     "libstdc++-12-dev": "libstdc++-12-dev-arm64-cross"}),
}


class Failure(Exception):
    """A step that failed, with what its tool said."""


def run(*command, **more):
    """Runs a step silently; what it printed is the failure's text."""
    done = subprocess.run([str(one) for one in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                          **more)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command))}\n{done.stdout.decode('utf-8', 'replace')[-8000:]}")
    return done.stdout.decode("utf-8", "replace")


def jobs():
    return os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL", str(os.cpu_count()))
