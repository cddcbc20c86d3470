"""The option table of sysdig's command line: data, as long as there are options. Parsing, --help, shell completion and the manual
page are all made from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pysysdig.cli import values
from pysysdig.cli.export_options import EXPORT, EXPORT_OPTIONS
from pysysdig.cli.meanings import Act, Add, Call, Draft, Ignore, Put, Refuse
from pysysdig.cli.option import NONE, OPTIONAL, REQUIRED, Option, OptionTable
from pysysdig.cli.report_options import REPORT, REPORT_OPTIONS
from pysysdig.cli.rule_options import RULE_OPTIONS, RULES
from pysysdig.cli.view_options import VIEW_OPTIONS, VIEWS
from pysysdig.errors import UsageError
from pysysdig.events.text import from_user
from pysysdig.sources.formats import written

if TYPE_CHECKING:
    from pysysdig.cli.getopt import Arguments

READ, EVENTS, SHOW = "Reading captures", "Stopping and filtering", "Choosing what is shown"
BUFFERS, STATS, LISTS = "Data buffers", "Progress and statistics", "Lists and information"
CHISELS, OTHER = "Chisels", "Other sources and metadata"
LIVE, WRITE = "Live capture", "Writing captures"
GROUPS = (READ, EVENTS, SHOW, BUFFERS, RULES, STATS, LISTS, CHISELS, VIEWS, REPORT, EXPORT, WRITE, LIVE, OTHER)

_NO_PLUGINS = "binary plugins are not supported; sources of events in Python are (docs/sources.md)"
_NO_UDIG = "user-space instrumentation (-u) is not supported (sysdig 0.36 has dropped it, too)"
_NO_TRACERS = "tracers (-T) are not supported (sysdig 0.36 has dropped them, too)"
_NO_GVISOR = "gVisor is not supported"
_NO_MESOS = "metadata from Mesos is not supported (sysdig 0.36 has dropped it, too)"
_NO_K8S = "metadata from a Kubernetes API server is not supported (sysdig 0.36 has dropped it, too)"

_PLACED = (
    "*%evt.num %evt.outputtime %evt.cpu {} (%container.id) %proc.name (%thread.tid:%thread.vtid) %evt.dir %evt.type %evt.info"
)
NAMED_FORMATS = {
    "c": _PLACED.format("%container.name"),
    "k": _PLACED.format("%k8s.pod.name"),
    "m": _PLACED.format("%mesos.task.name"),
}
NAMED_FORMATS |= {"container": NAMED_FORMATS["c"], "kubernetes": NAMED_FORMATS["k"], "mesos": NAMED_FORMATS["m"]}
_IGNORE = Ignore()


def _format(draft: Draft, text: str, line: Arguments) -> bool:
    """-p: a format, or the name of one; -pp shows it."""
    if text == "p":
        draft.action = "print_format"
        return True
    draft.values["show.placed"] = text in NAMED_FORMATS
    draft.values["show.format"] = NAMED_FORMATS[text] if text in NAMED_FORMATS else from_user(text)
    return False


def _buffers(mode: str) -> Callable[[Draft, str, Arguments], bool]:
    """-A, -b, -x and -X, of which there can be one."""

    def choose(draft: Draft, text: str, line: Arguments) -> bool:
        if "show.buffers" in draft.values:
            raise UsageError("you cannot specify more than one output format")
        draft.values["show.buffers"] = mode
        return False

    return choose


def _chisel(draft: Draft, text: str, line: Arguments) -> bool:
    """-c; -cl lists the chisels."""
    if text == "l":
        draft.action = "list_chisels"
        return True
    from pysysdig.cli.chisels import choose  # start-up time: not before there is a chisel

    return choose(draft, text, line)


def _log_level(draft: Draft, text: str, line: Arguments) -> bool:
    """--log-level: checked, and nothing is logged."""
    values.log_level(text)
    return False


OPTIONS = (
    Option(
        "read",
        "r",
        "readfile",
        REQUIRED,
        "FILE",
        READ,
        "Read events from FILE (- is standard input). May be repeated: the files are read in turn "
        "and event numbers start anew with each. http://HOST:PORT/PATH and https://... take audit events of Kubernetes "
        "that are posted there, file:///PATH follows a log.",
        Add("run.files"),
    ),
    Option("exclude_users", "E", "exclude-users", NONE, "", READ, "Do not use user and group names.", Put("run.exclude_users")),
    Option(
        "snaplen",
        "s",
        "snaplen",
        REQUIRED,
        "LEN",
        READ,
        "Capture LEN bytes of each data buffer (live capture only; what a capture file holds is never cut).",
        Put("live.snaplen", parse=values.snaplen),
    ),
    Option(
        "suppress_comm",
        "U",
        "suppress-comm",
        REQUIRED,
        "COMM",
        EVENTS,
        "Leave out all events of processes called COMM and of what they start, as if they had not happened. May be repeated.",
        Add("run.suppressed", from_user),
    ),
    Option(
        "count",
        "n",
        "numevents",
        REQUIRED,
        "NUM",
        EVENTS,
        "Stop after NUM events that pass the filter.",
        Put("run.limit", parse=values.count),
    ),
    Option(
        "duration",
        "M",
        "",
        REQUIRED,
        "SECONDS",
        EVENTS,
        "Stop after SECONDS of event time.",
        Put("run.duration", parse=values.duration),
    ),
    Option(
        "display_filter",
        "d",
        "displayflt",
        NONE,
        "",
        EVENTS,
        "Apply the filter only to what is shown: chisels, -n and statistics see every event.",
        Put("run.display_filter"),
    ),
    Option(
        "format",
        "p",
        "print",
        REQUIRED,
        "FORMAT",
        SHOW,
        "Print FORMAT for each event, with %FIELD for a field. A leading * prints events that lack a field, too. "
        "-pc, -pk and -pm choose the container, Kubernetes and Mesos formats; -pp prints the default format. With --rules, "
        "FORMAT is appended to all outputs; -pc, -pk and -pm append what is known about the container.",
        Call(_format),
    ),
    Option(
        "all_threads",
        "",
        "all-threads",
        NONE,
        "",
        SHOW,
        "Captures of exit events only: print the events of all threads, not of main threads alone as the current libraries do.",
        Put("show.all_threads"),
    ),
    Option("quiet", "q", "quiet", NONE, "", SHOW, "Do not print events.", Put("show.quiet")),
    Option(
        "time",
        "t",
        "timetype",
        REQUIRED,
        "TYPE",
        SHOW,
        "How evt.outputtime shows times: h time of day, a seconds since the epoch, r since the first event, "
        "d between enter and exit, D since the previous event.",
        Put("show.time", parse=values.time_type),
    ),
    Option(
        "resolve_ports",
        "R",
        "resolve-ports",
        NONE,
        "",
        SHOW,
        "Show port numbers as names of services.",
        Put("show.resolve_ports"),
    ),
    Option(
        "json", "j", "json", NONE, "", SHOW, "Print one JSON object per event, with the fields of the format.", Put("show.json")
    ),
    Option("debug", "D", "debug", NONE, "", SHOW, "Show internal events, too.", Put("show.debug")),
    Option(
        "verbose",
        "v",
        "verbose",
        NONE,
        "",
        SHOW,
        "Show data buffers in full, and statistics at the end. With -l: types of fields.",
        Put("show.full", "run.verbose"),
    ),
    Option("unbuffered", "", "unbuffered", NONE, "", SHOW, "Write out every line at once.", _IGNORE),
    Option(
        "ascii",
        "A",
        "print-ascii",
        NONE,
        "",
        BUFFERS,
        "Show only the text of data buffers, with its line ends.",
        Call(_buffers("ascii")),
    ),
    Option("base64", "b", "print-base64", NONE, "", BUFFERS, "Show data buffers in base64.", Call(_buffers("base64"))),
    Option("hex", "x", "print-hex", NONE, "", BUFFERS, "Show data buffers in hexadecimal.", Call(_buffers("hex"))),
    Option(
        "hexascii",
        "X",
        "print-hex-ascii",
        NONE,
        "",
        BUFFERS,
        "Show data buffers in hexadecimal and as text.",
        Call(_buffers("hexascii")),
    ),
    *RULE_OPTIONS,
    Option("summary", "S", "summary", NONE, "", STATS, "Print how often each event occurred, at the end.", Put("show.summary")),
    Option(
        "progress",
        "P",
        "progress",
        NONE,
        "",
        STATS,
        "Show the share of the capture that has been read, on standard error: on a terminal with rate and time left.",
        Put("run.progress"),
    ),
    Option(
        "log_level",
        "",
        "log-level",
        REQUIRED,
        "LEVEL",
        STATS,
        "Which messages to log: trace, debug, info, notice, warning, error, critical or fatal.",
        Call(_log_level),
    ),
    Option("help", "h", "help", NONE, "", LISTS, "Show this page.", Act("help")),
    Option("version", "", "version", NONE, "", LISTS, "Show the version.", Act("version")),
    Option(
        "libs_version",
        "",
        "libs-version",
        NONE,
        "",
        LISTS,
        "Show the version of the falcosecurity libraries whose behaviour is followed.",
        Act("libs_version"),
    ),
    Option(
        "list",
        "l",
        "list",
        OPTIONAL,
        "SOURCE",
        LISTS,
        "List the fields for filters and formats; -lv with their types, -l -j as JSON.",
        Act("list", ends=False, parse=values.source),
        short_arg=NONE,
    ),
    Option(
        "list_markdown",
        "",
        "list-markdown",
        OPTIONAL,
        "SOURCE",
        LISTS,
        "List the fields in Markdown.",
        Act("list_markdown", ends=False, parse=values.source),
    ),
    Option("list_events", "L", "list-events", NONE, "", LISTS, "List the events; with -j as JSON.", Act("list_events")),
    Option(
        "completion",
        "",
        "completion",
        REQUIRED,
        "SHELL",
        LISTS,
        "Print the completion script for bash, zsh or fish.",
        Act("completion"),
    ),
    Option(
        "chisel",
        "c",
        "chisel",
        REQUIRED,
        "NAME",
        CHISELS,
        "Run the chisel NAME (or the file NAME); its arguments follow as one word. May be repeated. -cl lists the chisels.",
        Call(_chisel),
    ),
    Option(
        "list_chisels", "", "list-chisels", NONE, "", CHISELS, "List the chisels (-cl); with -j as JSON.", Act("list_chisels")
    ),
    Option(
        "chisel_info",
        "i",
        "chisel-info",
        REQUIRED,
        "NAME",
        CHISELS,
        "Describe the chisel NAME and its arguments.",
        Act("chisel_info"),
    ),
    Option(
        "chisel_dir",
        "",
        "chisel-dir",
        REQUIRED,
        "DIR",
        CHISELS,
        "Look for chisels in DIR first, then among those of pysysdig and of installed packages, in ~/.chisels and in ./chisels. "
        "Must come before -c. May be repeated.",
        Add("chisels.directories"),
    ),
    Option(
        "write",
        "w",
        "writefile",
        REQUIRED,
        "FILE",
        WRITE,
        "Write the events that pass the filter to FILE (-: standard output); prints nothing. The format is sysdig's if the name "
        "ends in .scap or .scap.gz, else our own, which is smaller, faster to "
        "read and keeps what the events say about processes and descriptors.",
        Put("write.path", parse=str),
    ),
    Option(
        "write_format",
        "",
        "write-format",
        REQUIRED,
        "FORMAT",
        WRITE,
        f"With -w: {' or '.join(f'{f.name} ({f.title})' for f in written())}.",
        Put("write.format", parse=values.write_format),
    ),
    Option(
        "compress",
        "z",
        "compress",
        NONE,
        "",
        WRITE,
        "With -w: gzip a .scap file; our own format is always compressed.",
        Put("write.compress"),
    ),
    Option(
        "file_size",
        "C",
        "file-size",
        REQUIRED,
        "MB",
        WRITE,
        "With -w or --export: start a new file every MB million bytes.",
        Put("write.size", parse=values.positive("file size", 1_000_000)),
    ),
    Option(
        "event_limit",
        "e",
        "event-limit",
        REQUIRED,
        "NUM",
        WRITE,
        "With -w or --export: start a new file every NUM events.",
        Put("write.events", parse=values.positive("event limit")),
    ),
    Option(
        "seconds",
        "G",
        "seconds",
        REQUIRED,
        "SECONDS",
        WRITE,
        "With -w or --export: start a new file every SECONDS. A % in the file name makes it a format of strftime.",
        Put("write.seconds", parse=values.positive("duration")),
    ),
    Option(
        "limit",
        "W",
        "limit",
        REQUIRED,
        "NUM",
        WRITE,
        "With -C, -G or -e: keep only NUM files.",
        Put("write.files", parse=values.positive("file limit")),
    ),
    Option(
        "fatfile",
        "F",
        "fatfile",
        NONE,
        "",
        WRITE,
        "With -w and a filter: a .scap file keeps, hidden, the events that later state depends on. Our own format needs none.",
        Put("write.fatfile"),
    ),
    Option(
        "filter_proclist",
        "",
        "filter-proclist",
        NONE,
        "",
        WRITE,
        "With -w: a .scap file lists only the processes that pass the filter. Our own format never has others.",
        Put("write.prune"),
    ),
    Option("info", "", "info", REQUIRED, "FILE", LISTS, "Show what a capture holds; with -j as JSON.", Act("info", ends=False)),
    Option("page_faults", "", "page-faults", NONE, "", LIVE, "Capture page faults.", Put("live.page_faults")),
    Option(
        "buffer_size",
        "",
        "buffer-size",
        REQUIRED,
        "MB",
        LIVE,
        "Size of the buffer between the kernel and pysysdig, a power of two (default 16). A larger one loses fewer events.",
        Put("live.buffer_size", parse=values.megabytes),
    ),
    Option(
        "doctor",
        "",
        "doctor",
        NONE,
        "",
        LIVE,
        "Check what live capture needs, one line each (with -j as JSON), and what to do where it is missing.",
        Act("doctor"),
    ),
    Option("bpf", "B", "bpf", OPTIONAL, "PROBE", LIVE, "No effect: live capture always uses its own eBPF probe.", _IGNORE),
    Option("modern_bpf", "", "modern-bpf", NONE, "", LIVE, "No effect, as -B.", _IGNORE),
    Option(
        "cpus_for_each_buffer",
        "",
        "cpus-for-each-buffer",
        REQUIRED,
        "NUM",
        LIVE,
        "No effect: all CPUs share one buffer.",
        _IGNORE,
    ),
    Option(
        "large_environment", "", "large-environment", NONE, "", LIVE, "No effect yet: environments are cut at 4 KiB.", _IGNORE
    ),
    Option(
        "cri",
        "",
        "cri",
        REQUIRED,
        "PATH",
        LIVE,
        "Socket of a container runtime (containerd, CRI-O), in place of the usual ones. May be given several times.",
        Add("live.cri"),
    ),
    Option(
        "cri_timeout",
        "",
        "cri-timeout",
        REQUIRED,
        "MS",
        LIVE,
        "How long to wait for an answer of a container runtime (default 1000).",
        Put("live.cri_timeout", parse=values.between("--cri-timeout", 1, 60_000)),
    ),
    Option(
        "disable_cri_async",
        "",
        "disable-cri-async",
        NONE,
        "",
        LIVE,
        "Events wait for what container engines say of new containers.",
        Put("live.cri_wait"),
    ),
    Option("udig", "u", "udig", NONE, "", LIVE, "User-space instrumentation.", Refuse(_NO_UDIG)),
    Option("tracers", "T", "force-tracers-capture", NONE, "", LIVE, "Capture tracers.", Refuse(_NO_TRACERS)),
    Option(
        "input", "I", "input", REQUIRED, "PLUGIN", OTHER, "Take events from a plugin; -Il lists plugins.", Refuse(_NO_PLUGINS)
    ),
    Option("plugin", "H", "plugin", REQUIRED, "PLUGIN", OTHER, "Register a plugin.", Refuse(_NO_PLUGINS)),
    Option("list_inputs", "", "list-inputs", NONE, "", OTHER, "List plugins (-Il).", Refuse(_NO_PLUGINS)),
    Option(
        "plugin_config_file", "", "plugin-config-file", REQUIRED, "FILE", OTHER, "Configuration of plugins.", Refuse(_NO_PLUGINS)
    ),
    Option("plugin_info", "", "plugin-info", REQUIRED, "PLUGIN", OTHER, "Describe a plugin.", Refuse(_NO_PLUGINS)),
    Option("gvisor_config", "g", "gvisor-config", REQUIRED, "FILE", OTHER, "Events of gVisor.", Refuse(_NO_GVISOR)),
    Option(
        "gvisor_generate_config",
        "",
        "gvisor-generate-config",
        OPTIONAL,
        "SOCKET",
        OTHER,
        "Print a configuration for gVisor.",
        Refuse(_NO_GVISOR),
    ),
    Option("gvisor_root", "", "gvisor-root", REQUIRED, "DIR", OTHER, "State directory of gVisor.", Refuse(_NO_GVISOR)),
    Option("k8s_api", "k", "k8s-api", REQUIRED, "URL", OTHER, "Kubernetes API server.", Refuse(_NO_K8S)),
    Option(
        "k8s_api_cert",
        "K",
        "k8s-api-cert",
        REQUIRED,
        "FILE",
        OTHER,
        "Certificate for the Kubernetes API server.",
        Refuse(_NO_K8S),
    ),
    Option("node_name", "", "node-name", REQUIRED, "NAME", OTHER, "Kubernetes node.", Refuse(_NO_K8S)),
    Option("mesos_api", "m", "mesos-api", REQUIRED, "URL", OTHER, "Mesos API server.", Refuse(_NO_MESOS)),
    *VIEW_OPTIONS,
    *REPORT_OPTIONS,
    *EXPORT_OPTIONS,
)

TABLE = OptionTable(OPTIONS)
