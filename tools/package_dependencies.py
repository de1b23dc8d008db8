"""Makes the archives that the programs are linked from, as small as they get.

From Debian's own sources: curl with HTTP and c-ares alone, ISA-L's gzip and CRC, fmt without locales, pugixml without
streams and XPath, cpp-httplib as the one header that it is. From Debian's archives: OpenSSL and c-ares without their
unwind tables, a tenth of their size; no exception passes through C.

apt-get is given lists and folders of its own, so that nothing of the machine's set-up changes and no rights are needed.
"""

import hashlib
import pathlib
import re
import shutil

from package_target import SECTIONS, Failure, jobs, run

SOURCES = ["curl", "libisal", "fmtlib", "pugixml", "cpp-httplib"]
NO_UNWINDING = ["-fno-asynchronous-unwind-tables", "-fno-unwind-tables"]
# With which the header must be read too: cmake/SignpostStatic.cmake.
FMT_OPTIONS = ["-DFMT_STATIC_THOUSANDS_SEPARATOR=0x2c"]
PUGIXML_OPTIONS = ["-DPUGIXML_NO_STL", "-DPUGIXML_NO_XPATH"]
CURL_OPTIONS = {
    **dict.fromkeys(["BUILD_SHARED_LIBS", "BUILD_CURL_EXE", "BUILD_TESTING", "ENABLE_MANUAL", "PICKY_COMPILER",
                     "USE_NGHTTP2", "USE_LIBIDN2", "CURL_USE_LIBPSL", "CURL_USE_LIBSSH2", "CURL_USE_GSSAPI",
                     "CURL_BROTLI", "CURL_ZSTD", "CURL_ZLIB", "ENABLE_UNIX_SOCKETS"], "OFF"),
    **dict.fromkeys(["HTTP_ONLY", "CURL_USE_OPENSSL", "OPENSSL_USE_STATIC_LIBS", "ENABLE_ARES",
                     "CURL_DISABLE_OPENSSL_AUTO_LOAD_CONFIG"], "ON"),
    **dict.fromkeys([f"CURL_DISABLE_{name}" for name in (
        "COOKIES", "ALTSVC", "HSTS", "DOH", "NETRC", "NTLM", "MIME", "PROGRESS_METER", "LIBCURL_OPTION", "GETOPTIONS",
        "CRYPTO_AUTH")], "ON"),
    # The programs say which roots they trust.
    "CURL_CA_BUNDLE": "none", "CURL_CA_PATH": "none",
}


def fetch(work):
    """Unpacks each source once, in `work`/source. Returns the versions."""
    folder = work / "source"
    versions = folder / "versions.txt"
    if not versions.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        apt = _private_apt(work / "apt")
        found = [f"{name} {_fetch_newest(apt, name, folder)}" for name in SOURCES]
        versions.write_text("\n".join(found) + "\n")
    return dict(line.split() for line in versions.read_text().splitlines())


def _private_apt(folder):
    """Options that make apt-get read the sources of the suites that this machine has the packages of."""
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("lists/partial", "cache/archives/partial", "parts"):
        (folder / name).mkdir(parents=True)
    for path in pathlib.Path("/etc/apt/sources.list.d").glob("debian.sources"):
        text = re.sub(r"^Types:.*$", "Types: deb-src", path.read_text(), flags=re.MULTILINE)
        (folder / "parts" / path.name).write_text(text)
    system_list = pathlib.Path("/etc/apt/sources.list")
    lines = system_list.read_text().splitlines() if system_list.exists() else []
    (folder / "sources.list").write_text(
        "".join(re.sub(r"^deb\b", "deb-src", line) + "\n" for line in lines if line.startswith("deb ")))
    options = {"Dir::Etc::SourceList": folder / "sources.list", "Dir::Etc::SourceParts": folder / "parts",
               "Dir::State::Lists": folder / "lists", "Dir::Cache": folder / "cache", "APT::Sandbox::User": ""}
    apt = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    run("apt-get", "-q", *apt, "update")
    return apt


def _fetch_newest(apt, name, folder):
    """Unpacks the newest version whose files are really there: a mirror may list one that it does not have yet."""
    listed = run("apt-cache", *apt, "showsrc", "--only-source", name)
    versions = re.findall(r"^Version: (.*)$", listed, flags=re.MULTILINE)
    failures = []
    for version in versions:
        try:
            run("apt-get", "-q", *apt, "source", "--only-source", f"{name}={version}", cwd=folder)
        except Failure as failure:
            failures.append(str(failure))
            continue
        (unpacked,) = [path for path in folder.glob(f"{name}-*") if path.is_dir()]
        unpacked.rename(folder / name)
        return version
    raise Failure(f"no source of {name}\n" + "\n".join(failures))


def build(target, work):
    """Makes `work`/ARCH/prefix from the sources in `work`, unless it is there from the same; returns that folder."""
    place = work / target.arch
    prefix = place / "prefix"
    complete, made_from = prefix / "complete", what_it_is_made_from(target, work)
    if not complete.exists() or complete.read_text() != made_from:
        shutil.rmtree(place, ignore_errors=True)
        (prefix / "include").mkdir(parents=True)
        (prefix / "lib").mkdir()
        for name in ("ssl", "crypto", "cares"):
            _drop_unwinding(target, name, prefix)
        _build_isal(target, work, place)
        _build_curl(target, work, place)
        source = work / "source"
        _build_one(target, prefix, "fmt", source / "fmtlib/src/format.cc",
                   [*FMT_OPTIONS, f"-I{source / 'fmtlib/include'}"])
        _build_one(target, prefix, "pugixml", source / "pugixml/src/pugixml.cpp", PUGIXML_OPTIONS)
        shutil.copytree(source / "fmtlib/include/fmt", prefix / "include/fmt")
        for header in (source / "cpp-httplib/httplib.h", *(source / "pugixml/src").glob("*.hpp")):
            shutil.copy(header, prefix / "include")
        complete.write_text(made_from)
    return prefix


def what_it_is_made_from(target, work):
    """Everything that the archives depend on: an upgrade of Debian's OpenSSL must not leave the old one in them."""
    packages = [target.package(name) for name in ("libssl-dev", "libc-ares-dev", "g++-12", "libc6-dev")]
    installed = run("dpkg-query", "-W", "-f", "${Package} ${Version}\n", *packages)
    recipe = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
    return f"{(work / 'source/versions.txt').read_text()}{installed}{target.flags()}\nrecipe {recipe}\n"


def _drop_unwinding(target, name, prefix):
    run(target.tool("objcopy"), "--enable-deterministic-archives", "--remove-section=.eh_frame",
        "--remove-section=.rela.eh_frame", f"/usr/lib/{target.triplet}/lib{name}.a", prefix / f"lib/lib{name}.a")


def _build_one(target, prefix, name, source, options):
    """An archive of one file in C++."""
    object_file = prefix / f"lib/{name}.o"
    run(target.tool("g++-12"), "-std=c++20", *target.flags().split(), "-Os", *options, "-c", source, "-o", object_file)
    run(target.tool("ar"), "rcsD", prefix / f"lib/lib{name}.a", object_file)
    object_file.unlink()


def _build_isal(target, work, place):
    folder = place / "isal"
    shutil.copytree(work / "source/libisal", folder)
    flags = " ".join([*SECTIONS, "-fPIE"])
    run("make", "-C", folder, "-f", "Makefile.unx", "-j", jobs(), *target.isal, f"CC={target.tool('gcc-12')} {flags}",
        f"AR={target.tool('ar')}", "units=igzip crc", "lib")
    shutil.copy(folder / "bin/isa-l.a", place / "prefix/lib/libisal.a")
    shutil.copytree(folder / "include", place / "prefix/include/isa-l", ignore=shutil.ignore_patterns("*.asm"))


def _build_curl(target, work, place):
    source, build_folder = work / "source/curl", place / "curl"
    options = {**CURL_OPTIONS, "CARES_LIBRARY": place / "prefix/lib/libcares.a",
               "CMAKE_TOOLCHAIN_FILE": target.toolchain(), "CMAKE_BUILD_TYPE": "None",
               "CMAKE_INSTALL_PREFIX": place / "prefix", "CMAKE_INSTALL_LIBDIR": "lib",
               "CMAKE_C_FLAGS": " ".join([target.flags(), *NO_UNWINDING])}
    run("cmake", "-S", source, "-B", build_folder, "-G", "Ninja",
        *(f"-D{name}={value}" for name, value in options.items()))
    run("cmake", "--build", build_folder, "-j", jobs())
    run("cmake", "--install", build_folder)
