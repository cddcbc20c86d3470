"""From arguments to a job."""

from __future__ import annotations

import pytest

from pysysdig.cli.job import build
from pysysdig.cli.option import NONE, Option
from pysysdig.cli.options import NAMED_FORMATS, OPTIONS
from pysysdig.errors import UsageError
from pysysdig.settings import COLOUR, PLAIN, RunSettings


def test_defaults() -> None:
    job = build(["-r", "f"])
    assert (job.action, job.run, job.show.format) == ("run", RunSettings(files=("f",)), PLAIN)
    assert build(["-r", "f"], terminal=True).show.format == COLOUR


def test_everything() -> None:
    job = build("-r a -r b -n 7 -M 2s -t d -qSvjDREdPx --unbuffered --log-level debug x and y".split())
    assert job.run == RunSettings(("a", "b"), "x and y", True, 7, 2_000_000_000, exclude_users=True, progress=True, verbose=True)
    assert (job.show.time, job.show.buffers) == ("d", "hex")
    for name in ("quiet", "summary", "full", "json", "debug", "resolve_ports"):
        assert getattr(job.show, name) is True


@pytest.mark.parametrize("name", ["c", "container", "k", "kubernetes", "m", "mesos"])
def test_named_formats(name: str) -> None:
    job = build(["-r", "f", "-p" + name])
    assert job.show.placed and job.show.format == NAMED_FORMATS[name]


def test_print_format() -> None:
    assert (build(["-pp"]).action, build(["-pp"]).show.format) == ("print_format", PLAIN)
    assert build(["-pc", "-pp"]).show.format == NAMED_FORMATS["c"]


def test_user_text_becomes_byte_text() -> None:
    job = build(["-r", "f", "-p", "é", "fd.name", "=", "ü"])
    assert job.show.format == "\xc3\xa9" and job.run.filter == "fd.name = \xc3\xbc"


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ("-r f -n x", "can't parse the -n argument, make sure it's a number"),
        ("-r f -n -1", "can't parse the -n argument, make sure it's a number"),
        ("-r f -n 99999999999999999999", "can't parse the -n argument, make sure it's a number"),
        ("-r f -n 0", "invalid event count 0"),
        ("-r f -M x", "invalid duration x"),
        ("-r f -M 0", "invalid duration 0"),
        ("-r f -t x", "invalid modifier for flag -t"),
        ("-r f -A -x", "you cannot specify more than one output format"),
        ("-r f -X -X", "you cannot specify more than one output format"),
        ("-r f --log-level loud", "invalid log level loud"),
        ("--list=nosuch", "value for --list must be a valid source type"),
        ("-r f --filter-proclist", "you must specify a filter if you use --filter-proclist."),
        ("-r f -w g -C 0", "invalid file size 0"),
        ("-r f -w g -e x", "invalid event limit x"),
        ("-r f -w g -G -1", "invalid duration -1"),
        ("-r f -w g -W x", "invalid file limit x"),
        ("-r f -w g --write-format pcap", "invalid format pcap: scap or pscap"),
        ("--filter-proclist evt.num=1", "--filter-proclist not supported with live captures."),
    ],
)
def test_refused(argv: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        build(argv.split())
    assert str(error.value) == message


def test_order_counts() -> None:
    assert build(["-h", "--nosuch"]).action == "help"
    with pytest.raises(UsageError):
        build(["--nosuch", "-h"])
    assert build(["-l", "-v"]).show.full and build(["-v", "-l"]).show.full


@pytest.mark.parametrize("option", OPTIONS, ids=lambda o: o.key)
def test_every_option_is_known_to_the_job(option: Option) -> None:
    """Each either works, is refused in one line, or belongs to a job that is refused."""
    values = {
        "buffer_size": "8",
        "cri_timeout": "500",
        "count": "3",
        "duration": "1",
        "time": "a",
        "log_level": "info",
        "file_size": "5",
        "event_limit": "5",
        "seconds": "5",
        "limit": "5",
        "chisel": "topconns",
        "write_format": "scap",
        "list": "syscall",
        "list_markdown": "syscall",
        "refresh": "500",
        "sorting_column": "1",
        "fail_on": "error",
        "from_row": "0",
        "to_row": "5",
    }
    needed = {"fields": ["--export=x.csv"], "calls": ["--export=x.csv"], "redact": ["--export=x.csv"]}
    needed["report_anonymise"] = needed["report_against"] = ["--report=x.html"]
    needed["redact_key"] = ["--export=x.csv", "--redact=default"]  # these mean nothing alone
    word = f"--{option.long}" if option.long else f"-{option.short}"
    value = values.get(option.key, "x")
    argv = [word] if option.arg == NONE else [f"{word}={value}"] if option.long else [word, value]
    try:
        build([*argv, *needed.get(option.key, ()), "-r", "f", "evt.num=1"])
    except UsageError as error:
        assert option.refuse and str(error) == option.refuse
    else:
        assert not option.refuse
