"""Compiles each header alone, twice included: it brings what it needs and guards itself. ccache makes repeats fast."""

import concurrent.futures
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
OUT = ROOT / "build/check/headers"
FLAGS = ["-std=c++23", "-O0", "-Wall", "-Wextra", "-Wpedantic", "-Wno-missing-field-initializers", "-Werror"]


def headers():
    folders = ("include", "src", "tests", "bench", "fuzz")
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.h"))


def compile_alone(header):
    """The compiler's complaint, or nothing."""
    name = str(header.relative_to(ROOT))
    source = OUT / (name.replace("/", "__") + ".cc")
    text = f'#include "{header}"\n#include "{header}"\n'
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
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [problem for problem in pool.map(compile_alone, headers()) if problem]


if __name__ == "__main__":
    found = check()
    print("\n".join(found))
    sys.exit(1 if found else 0)
