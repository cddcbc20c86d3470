"""What is refused before any event is read, with which words, carets and hints."""

from __future__ import annotations

import pytest

from pysysdig.errors import FilterError
from pysysdig.events.table import CURRENT, OLD
from pysysdig.filter import compile_filter

# filter, message, index of the caret, part of the hint
REFUSED = [
    (
        "proc.nme=cat",
        "filter contains an unknown field 'proc.nme', and none of the loaded plugins is capable of extracting it",
        0,
        "proc.name",
    ),
    ("a=b", "filter error at index 1, line 1, column 2: unexpected token after 'a', expecting 'or', 'and'", 1, ""),
    ("x and proc.name=a", "filter error: unexpected identifier 'x'", 0, ""),
    ("proc.name=a and", "filter error at index 15, line 1, column 16: expected blank or '(' after 'and'", 15, ""),
    ("evt.num>5 and not", "filter error: unexpected identifier 'not'", 14, ""),
    ("proc.name[2]=a", "filter contains an unknown field 'proc.name', and none", 0, "takes no argument"),
    (
        "ct.name=a",
        "filter contains an unknown field 'ct.name', but it can be supported by loading one of these plugins: cloudtrail",
        0,
        "cloudtrail",
    ),
    ("evt.type=opnat", "unknown event type opnat", 9, "openat"),
    ("evt.type in (open, openatt)", "unknown event type openatt", 19, "openat"),
    ("evt.type contains ope", "unknown event type ope", 18, ""),
    ("evt.type=open*", "unknown event type open*", 9, ""),
    ("evt.arg.nosuch=1", "unknown event argument nosuch", 0, ""),
    ("evt.arg=1", "filter syntax error: evt.arg", 0, ""),
    ("evt.rawarg[0]=1", "evt.arg fields must be expressed explicitly", 0, ""),
    ("evt.type.is.opn=1", "unknown event type opn", 0, ""),
    ("evt.around[abc]=1", "abc is not a valid number", 0, ""),
    ("evt.around[12]>1", "evt.around supports only '=' comparison operator", 0, ""),
    ("thread.cgroup=1", "filter syntax error: thread.cgroup", 0, ""),
    ("proc.aname[x]=1", "x is not a valid number", 0, ""),
    ("evt.num=abc", "abc is not a valid number", 8, ""),
    ("fd.num=0x3", "0x3 is not a valid number", 7, ""),
    ("fd.num=1.5", "1.5 is not a valid number", 7, ""),
    ("fd.num in (1, b)", "b is not a valid number", 14, ""),
    ("evt.is_io=yes", "filter error: unrecognized boolean value yes", 10, ""),
    ("fd.ip=127.0.0.0/8", "unrecognized IPv4 address 127.0.0.0/8", 6, ""),
    ("fd.net=10.0.0.0/99", "invalid netmask 99", 7, ""),
    ("fd.port=nosuchservice", "unrecognized protocol nosuchservice", 8, ""),
    ("evt.num contains 3", "filter error: 'contains' operator not supported for numeric filters", 0, ""),
    ("evt.is_io < 3", "filter error: '<' operator not supported for numeric filters", 0, ""),
    ("fd.name bcontains 6574", "filter error: 'bcontains' operator not supported for string filters", 0, ""),
    ("evt.buffer glob x", "filter error: 'glob' operator not supported for buffer filters", 0, ""),
    ("fd.ip < 3", "filter error: '<' operator not supported for ip address and network filters", 0, ""),
    (
        "fd.cip contains oneof (a)",
        "filter error: 'contains' with modifier not supported for ip address and network filters",
        0,
        "",
    ),
    ("fd.types = file", "filter error: '=' operator not supported list filters", 0, ""),
    ("evt.buffer bcontains 4z", "filter error: bcontains and bstartswith operator support hex strings only", 21, ""),
    ("proc.name regex '(a'", "invalid regex pattern: missing ): (a", 16, ""),
    ("proc.name regex anyof (a, '*')", "invalid regex pattern: missing argument to repetition operator: *", 22, ""),
    (
        "evt.num=val(proc.name)",
        "field 'evt.num' has type 'UINT64' while the right-hand side field 'proc.name' has incompatible type 'CHARBUF'",
        8,
        "",
    ),
    ("fd.net=val(fd.cip)", "field type 'IPNET' doesn't support right-hand side fields", 0, ""),
    ("fd.ip=val(fd.cip)", "field 'fd.ip' doesn't support right-hand side fields", 0, ""),
    ("fd.cip=val(fd.ip)", "field 'fd.ip' can't be used as a right-hand side field", 7, ""),
    ("fd.name pmatch val(proc.name)", "operator 'PMATCH' doesn't support right-hand side fields", 15, ""),
    ("fd.cip.name contains a", "filter error: fd.*ip.name filter only supports '=' and '!=' operators", 0, ""),
]


@pytest.mark.parametrize(("text", "message", "index", "hint"), REFUSED, ids=[r[0] for r in REFUSED])
def test_refused(text: str, message: str, index: int, hint: str) -> None:
    with pytest.raises(FilterError) as info:
        compile_filter(text, OLD)
    error = info.value
    assert str(error).startswith(message)
    assert (error.text, error.index) == (text, index)
    assert hint in error.hint
    assert bool(hint) <= bool(error.hint)


def test_unknown_fields_in_the_words_of_the_current_libraries() -> None:
    with pytest.raises(FilterError, match=r"^filter_check called with nonexistent field proc.nme$"):
        compile_filter("proc.nme=cat", CURRENT)


@pytest.mark.parametrize(
    "text",
    [
        "evt.type=openat",
        "evt.type==openat",
        "evt.type exists",
        "evt.type=recv",
        "evt.type=switch",
        "fd.num=03",
        "fd.name in ()",
        "fd.net=127.0.0.1/8",
        "fd.net in (127.0.0.0/8)",
        "fd.port=domain",
        "fd.port exists",
        "proc.aname[2]=x",
        "proc.args[1]=x",
        "proc.env[PATH] contains x",
        "proc.env[3]=x",
        'proc.env["A B"]=x',
        "thread.cgroup.cpu=x",
        "evt.arg.name contains x",
        "evt.arg[0]=x",
        "evt.rawarg.res<0",
        "evt.abspath.src=x",
        "evt.abspath=x",
        "fd.types[3] in (file)",
        "evt.around[1404996934793590564]=1000",
        "k8s.pod.label[app]=x",
        "k8s.pod.label.app=x",
        "container.mount[/proc]=x",
        "container.mount.source[0]=x",
        "evt.type.is.openat=1",
        "syscall.type=nosuch",
        "fd.cip.name=localhost",
        "proc.name in cat",
        "span.tag[x]=1",
        "len(fd.types)>1",
        "tolower(basename(fd.name))=x",
        "concat(proc.name,'x')=y",
        "join('/',(proc.name,evt.num))=x",
        "getopt((proc.name,'x'),'ab:') intersects (a)",
        "getopt((proc.name,'x'),'ab:')[b]=c",
        "fd.name=tolower(proc.name)",
        "fd.cip != val(fd.sip)",
        "proc.name = oneof (a,b)",
        "fd.name startswith anyof (/a, /b)",
        "user.uid=-1",
        "evt.buffer contains '\\x00'",
        "proc.name=" + "x" * 255,
        "b64(evt.buffer) contains x",
        "evt.dir=<",
        "evt.latency>1000000",
    ],
)
def test_accepted(text: str) -> None:
    for generation in (OLD, CURRENT):
        compile_filter(text, generation)


def test_warnings() -> None:
    def warnings(text: str) -> list[tuple[str, int]]:
        return compile_filter(text).warnings

    assert warnings("proc.name = proc.pname") == [("'proc.pname' may be a valid field misused as a const string value", 12)]
    assert warnings("proc.name = 'tolower(proc.name)'")[0][0].endswith("transformer misused as a const string value")
    assert "may be optimized with simpler operators" in warnings("proc.name regex '^abc.*'")[0][0]
    assert warnings("proc.name regex '^a.c$'") == []
    assert warnings("proc.name = a.b") == []


def test_large_filters() -> None:
    compile_filter(" or ".join(f"evt.num={i}" for i in range(3000)))
    compile_filter("proc.name in (" + ",".join(f"p{i}" for i in range(20_000)) + ")")
    with pytest.raises(FilterError, match="nonexistent|unknown field"):
        compile_filter(" or ".join(["proc.name=a"] * 3000) + " or no.such=1")


def test_path_match_of_true_and_false() -> None:
    """Libs 0.15.1 lets it pass for `in`, the current ones do not."""
    for text in ("evt.is_io pmatch (true)", "evt.failed pmatch (true, false)", "evt.is_io pmatch true"):
        compile_filter(text, OLD)
        with pytest.raises(FilterError, match="'pmatch' operator not supported for numeric filters"):
            compile_filter(text, CURRENT)
    with pytest.raises(FilterError, match="unrecognized boolean value"):
        compile_filter("evt.is_io pmatch (yes)", OLD)
