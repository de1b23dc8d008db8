"""Help, completion for three shells, and the man page: as a shell and man see them."""

import re
import subprocess

import pytest

COMMANDS = ["create", "presign", "verify", "invoke", "local", "provision", "doctor", "version"]


def accepts(command, text):
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.parametrize(("shell", "check"), [
    ("bash", ["bash", "-n"]), ("zsh", ["zsh", "-n", "/dev/stdin"]), ("fish", ["fish", "--no-execute", "/dev/stdin"])])
def test_CompletionParses(signpost, shell, check):
    done = signpost.run("completion", shell)
    assert done.returncode == 0, done.stderr
    assert not accepts(check, done.stdout).stderr
    assert all(command in done.stdout for command in COMMANDS)


def test_BashCompletesCommandsAndOptions(signpost):
    script = signpost.run("completion", "bash").stdout
    ask = ('complete_line() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); '
           '"$(complete -p signpost | sed -E "s/.*-F ([^ ]+).*/\\1/")" signpost "${@: -1}" "${@: -2:1}"; '
           'printf "%s\\n" "${COMPREPLY[@]}"; }\n')
    asked = ["signpost cr", "signpost create --conc", "signpost provision life", "signpost provision lifecycle --dr"]
    done = accepts(["bash"], script + "\n" + ask + "".join(f"complete_line {line}\n" for line in asked))
    found = [line.strip() for line in done.stdout.split("\n") if line]
    assert found == ["create", "--concurrency", "lifecycle", "--dry-run"]


@pytest.mark.parametrize("load", ["autoload -Uz _signpost", "source $fpath[1]/_signpost"])
def test_ZshCompletesCommandsAtTheFirstTab(signpost, tmp_path, load):
    (tmp_path / "_signpost").write_text(signpost.run("completion", "zsh").stdout)
    done = accepts(["zsh", "-f"], f"fpath=({tmp_path} $fpath); compdef() {{ }}; _describe() {{ print -l $commands }}\n"
                                  f"{load}\nwords=(signpost cr) CURRENT=2\n_signpost\n")
    assert "create:" in done.stdout


def test_ZshCompletesWhatStandsBelowACommand(signpost):
    script = signpost.run("completion", "zsh").stdout
    done = accepts(["zsh", "-f"], "compdef() { }; _describe() { print -l $commands }; _arguments() { print -l -- $@ }\n"
                                  f"{script}\nwords=(signpost provision l) CURRENT=3\n_signpost\n"
                                  "words=(signpost provision lifecycle -) CURRENT=4\n_signpost\n")
    assert "lifecycle:" in done.stdout
    assert "--dry-run" in done.stdout
    assert "--concurrency" not in done.stdout


def test_FishCompletesCommands(signpost):
    script = signpost.run("completion", "fish").stdout
    done = accepts(["fish", "--no-config"], script + "\ncomplete -C 'signpost cre'\n")
    assert done.stdout.split()[0] == "create"
    for line, first in (("signpost provision l", "lifecycle"), ("signpost provision lifecycle --dr", "--dry-run")):
        done = accepts(["fish", "--no-config"], script + f"\ncomplete -C '{line}'\n")
        assert done.stdout.split()[0] == first


def test_ManPageRendersWithoutAWarning(signpost):
    page = signpost.run("man").stdout
    done = accepts(["groff", "-man", "-Tutf8", "-ww", "-Kutf8"], page)
    assert not done.stderr
    text = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout)
    assert "--expires-in" in text
    assert "EXIT STATUS" in text


@pytest.mark.parametrize("arguments", [["--help"], ["help"], *[[one, "--help"] for one in COMMANDS]])
def test_HelpGoesToStandardOutput(signpost, arguments):
    done = signpost.run(*arguments)
    assert done.returncode == 0
    assert done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("command", ["create", "presign", "verify", "invoke", "local", "provision lifecycle",
                                     "provision table", "provision queue", "doctor"])
def test_HelpOfACommandHasExamples(signpost, command):
    assert f"signpost {command} " in signpost.run(*command.split(), "--help").stdout.split("Examples:")[1]


def test_VersionIsOneLine(signpost):
    assert re.fullmatch(r"signpost \d+\.\d+\.\d+\n", signpost.run("version").stdout)
