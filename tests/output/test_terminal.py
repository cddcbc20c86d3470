"""What a terminal gets: no control characters but those that we set ourselves, whoever wrote them and however they are shown."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pysysdig.events.build import event
from pysysdig.output.terminal import coloured, escaped, escaped_line, one_line, printable, printable_json
from pysysdig.scap.build import write_capture
from pysysdig.state.build import process, snapshot

CONTROLS = [chr(c) for c in range(256) if (c < 32 and c not in (9, 10)) or 127 <= c < 160]
EVIL = "e\x1b]0;PWNED\x07\x7f\r\x9b2J"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\n\ttext", "plain\n\ttext"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\rb\x7f", "a\\x0db\\x7f"),
        ("\xc3\xa9", "\xc3\xa9"),  # UTF-8 stays
        ("\xe9", "\\xe9"),
        ("\x9b31m", "\\x9b31m"),
        ("\xc2\x9b31m", "\\x9b31m"),  # C1 control in UTF-8
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_every_control_character_is_escaped() -> None:
    for char in CONTROLS:
        number = f"{ord(char):02x}"
        assert printable(f"a{char}b") == coloured(f"a{char}b") == escaped(f"a{char}b") == f"a\\x{number}b"
        assert json.loads(printable_json(f'"a{char}b"')) == f"a{char}b"
        assert printable_json(f'"a{char}b"') == f'"a\\u00{number}b"'


def test_colours_stay_where_they_are_ours() -> None:
    assert coloured("\x1b[31mred\x1b[0m\x1b[2J") == "\x1b[31mred\x1b[0m\\x1b[2J"


def test_values_in_a_line() -> None:
    assert one_line("a\n\tb\x1b") == "a\\x0a\\x09b\\x1b"


def test_messages_in_one_line() -> None:
    assert escaped_line("a\nb\tc\rd\u2028e \xe4") == "a\\x0ab\\x09c\\x0dd?e \xe4"


def test_messages() -> None:
    assert escaped("a\tb\n\u00e9") == "a\tb\n\u00e9"
    assert escaped("\u202e\udcff") == "??"


def on_terminal(*arguments: object) -> bytes:
    """What a run of the program shows on a terminal, standard error included."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pysysdig", *map(str, arguments)]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "dumb"}) as process_:
        os.close(theirs)
        out = b""
        try:
            while more := os.read(ours, 65536):
                out += more
        except OSError:  # the other end is closed
            pass
        process_.wait(60)
    os.close(ours)
    return out.replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["-j"], ["-p", "%evt.num %proc.name %fd.name"], ["-j", "-p", "%proc.name %fd.name"], ["-c", "topfiles_bytes"],
        ["-c", "lsof"], ["-j", "-c", "lsof"], ["--rules", "RULES"], ["--rules", "RULES", "-j"],
        ["--rules", "RULES", "--list-rules"],
        ["--rules", "RULES", "--list-rules", "-j"], ["--rules", "RULES", "--describe-rule", EVIL],
        ["--validate", "RULES"], ["--validate", "RULES", "-j"], ["--rules", "ODD"], ["--validate", "ODD"], ["--info"],
    ],
)  # fmt: skip
def test_nothing_commands_the_terminal(arguments: list[str], tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names in captures and rule files may hold anything."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(root))
    events = [event("SYSCALL_OPENAT_2_X", 10**18 + i, 42, [3, -100, f"/{EVIL}", 1, 0, 0, 0]) for i in range(3)]
    write_capture(tmp_path / "t.scap", snapshot(process(42, EVIL[:15], exe=EVIL, args=[EVIL])), events)
    text = json.dumps(EVIL)
    rule = f"- rule: {text}\n  desc: {text}\n  condition: evt.type=openat\n  output: {text}\n  priority: ERROR\n"
    rule += f"  tags: [{text}]\n"
    (tmp_path / "RULES").write_text(rule + f"- macro: {text}\n  condition: evt.type=open\n")
    (tmp_path / "ODD").write_text(rule.replace("openat", "nosuch"))
    source = [] if {"--list-rules", "--describe-rule", "--validate"} & set(arguments) else ["-r", "t.scap"]
    shown = on_terminal(*(["--info", "t.scap"] if arguments == ["--info"] else [*source, *arguments]))
    assert shown and b"Traceback" not in shown
    text = shown.decode("utf-8")
    text = re.sub("\x1b\\[[0-9;]*m", "", text)  # colours are ours
    assert not [c for c in CONTROLS if c in text]
