"""Each header brings what it needs and guards itself.

A header that is the first include of a source file is compiled alone by every release build, which precompiles nothing
for the rooms and compiles each of their files alone, but for the command's; the others are compiled here. ccache makes
repeats fast.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
OUT = ROOT / "build/check/headers"
FLAGS = ["-std=c++23", "-O0", "-Wall", "-Wextra", "-Wpedantic", "-Wno-missing-field-initializers", "-Werror"]


def headers():
    folders = ("include", "src", "tests", "bench", "fuzz")
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.h"))


def first_includes():
    """What the source files of the rooms and benchmarks that are compiled alone include before anything else."""
    sources = [path for folder in ("src", "bench") for path in (ROOT / folder).rglob("*.cc")
               if not path.name.endswith("_test.cc") and path.parent.name != "cli"]
    includes = (re.search(r"^#include (.*)$", path.read_text(), re.MULTILINE) for path in sources)
    return {include[1].strip('"') for include in includes if include}


def is_first_somewhere(header, firsts):
    """Whether a source file proves that the header can be compiled alone."""
    roots = [ROOT / "src", ROOT / "include"] + [header.parent] * header.is_relative_to(ROOT / "bench")
    return any(str(header.relative_to(root)) in firsts for root in roots if header.is_relative_to(root))


def compile_alone(header):
    """The compiler's complaint, or nothing."""
    name = str(header.relative_to(ROOT))
    source = OUT / (name.replace("/", "__") + ".cc")
    text = f'#include "{header}"\n'
    if not source.exists() or source.read_text() != text:
        source.write_text(text)
    command = ["ccache", "g++-12", *FLAGS, f"-I{ROOT}/include", f"-I{ROOT}/src", f"-I{ROOT}/tests", f"-I{ROOT}",
               f"-I{header.parent}",
               "-c", str(source), "-o", str(source.with_suffix(".o"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return f"{name} does not compile alone:\n{done.stderr[:3000]}" if done.returncode != 0 else ""


def check():
    """All problems."""
    OUT.mkdir(parents=True, exist_ok=True)
    problems = [f"{path.relative_to(ROOT)} does not begin with #pragma once"
                for path in headers() if not path.read_text().startswith("#pragma once\n")]
    firsts = first_includes()
    alone = [path for path in headers() if not is_first_somewhere(path, firsts)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return problems + [problem for problem in pool.map(compile_alone, alone) if problem]


if __name__ == "__main__":
    found = check()
    print("\n".join(found))
    sys.exit(1 if found else 0)
