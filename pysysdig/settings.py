"""What a run is to do, one frozen record for each concern. Whoever does a part of the work is given the record of that part.

Texts that events are compared or printed with are byte text (docs/architecture.md).
"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pysysdig.chiselkit.runner import Chosen

PLAIN = "*%evt.num %evt.outputtime %evt.cpu %proc.name (%thread.tid) %evt.dir %evt.type %evt.info"
COLOUR = (
    r"*%evt.num %evt.outputtime %evt.cpu \e[01;32m%proc.name\e[00m (\e[01;36m%proc.pid\e[00m.%thread.tid) "
    r"%evt.dir \e[01;34m%evt.type\e[00m %evt.info"
)


class RunSettings(NamedTuple):
    """Which events there are, and where they end.

    files        captures to read, in turn; empty = live capture
    filter       byte text, "" = none; `display_filter` says that it only chooses what is shown
    limit        stop after so many delivered events, None = never
    duration     stop after so many ns of event time, 0 = never
    suppressed   byte texts: names of processes whose events are left out
    progress     -P; verbose: statistics at the end
    """

    files: tuple[str, ...] = ()
    filter: str = ""
    display_filter: bool = False
    limit: int | None = None
    duration: int = 0
    suppressed: tuple[str, ...] = ()
    exclude_users: bool = False
    progress: bool = False
    verbose: bool = False

    @property
    def live(self) -> bool:
        """Whether the running machine is captured."""
        return not self.files


class ShowSettings(NamedTuple):
    """What is shown of events, and how.

    format    byte text of the output format, escapes not expanded yet
    placed    the format was chosen by -pc, -pk or -pm
    time      evt.outputtime mode: h a r d D
    buffers   "dots" or one of the modes of output.options
    full      data buffers are not cut
    """

    format: str = PLAIN
    placed: bool = False
    json: bool = False
    time: str = "h"
    buffers: str = "dots"
    full: bool = False
    quiet: bool = False
    debug: bool = False
    all_threads: bool = False
    resolve_ports: bool = False
    summary: bool = False


class EngineChoice(NamedTuple):
    """Which container engines there are, as a configuration has it.

    sockets    names of engines, each with where to look for its sockets in place of the usual places
    disabled   names of engines that are left alone
    max_label  longer values of labels are left out
    static     id, name and image of the container that everything runs in, () = none
    wait       events wait for what is said of their containers
    """

    sockets: tuple[tuple[str, tuple[str, ...]], ...] = ()
    disabled: tuple[str, ...] = ()
    max_label: int = 100
    static: tuple[str, ...] = ()
    wait: bool = False


class CollectorChoice(NamedTuple):
    """Who tells of the pods of a node: Kubernetes' metadata collector.

    address   HOST:PORT
    roots     PEM file of the certificates that vouch for it, "" = a connection without TLS
    """

    address: str
    node: str
    roots: str = ""


class LiveSettings(NamedTuple):
    """How the running machine is captured.

    snaplen       bytes of each data buffer, None = default
    buffer_size   bytes of the kernel's buffer, None = default
    base_calls    system calls in place of those that state needs, `!name`: not this one; repair: only those that it cannot do
                  without (capture.base_calls)
    cri           sockets of container runtimes, () = the usual ones
    cri_timeout   milliseconds for an answer of one
    cri_wait      events wait for what is said of their containers
    engines       which container engines there are
    collector     who tells of pods, None = nobody
    """

    snaplen: int | None = None
    buffer_size: int | None = None
    page_faults: bool = False
    base_calls: tuple[str, ...] = ()
    repair: bool = False
    cri: tuple[str, ...] = ()
    cri_timeout: int = 1000
    cri_wait: bool = False
    engines: EngineChoice = EngineChoice()
    collector: CollectorChoice | None = None


class WriteSettings(NamedTuple):
    """What is written, "" = nothing.

    format       name of a format, "" = that of the file's name (sources.formats)
    size ...     bytes, seconds, events, files: see sources.files.Rotation
    prune        --filter-proclist
    """

    path: str = ""
    format: str = ""
    size: int = 0
    seconds: int = 0
    events: int = 0
    files: int = 0
    compress: bool = False
    fatfile: bool = False
    prune: bool = False


class ChiselSettings(NamedTuple):
    """The chisels, in order, and where else they are looked for."""

    chosen: "tuple[Chosen, ...]" = ()
    directories: tuple[str, ...] = ()


class ViewSettings(NamedTuple):
    """A table of csysdig's.

    name        which one, "" = none
    screen      the one that the terminal UI begins with, "" = its usual one; None = no UI; mouse: it takes the mouse
    raw         as csysdig --raw prints it
    refresh     ns of event time between two tables of a live capture
    first, last rows to print with JSON; None = the last there is
    sort        column to sort by, counted from 1; None = the view's own
    """

    name: str = ""
    screen: str | None = None
    raw: bool = False
    refresh: int = 2_000_000_000
    first: int = 0
    last: int | None = None
    sort: int | None = None
    mouse: bool = True


class ReportSettings(NamedTuple):
    """A page about a capture: its path ("" = none, "-" = standard output), the capture that it is compared with ("" = none), and
    whether names are replaced in it."""

    path: str = ""
    against: str = ""
    anonymise: bool = False


class ExportSettings(NamedTuple):
    """A table of events as a file.

    path     "" = none; its end says the format
    fields   names of fields and of sets of them
    calls    one row a call, as Falco's rules see them
    """

    path: str = ""
    fields: tuple[str, ...] = ()
    calls: bool = False


class RedactSettings(NamedTuple):
    """What is left of values in what is written.

    policy   the name of one, or a YAML file, "" = everything
    key      a file with the key for hashes, "" = one that nobody knows
    """

    policy: str = ""
    key: str = ""


class RuleSettings(NamedTuple):
    """Falco's rules.

    files      rule files and directories, in order
    validate   those to be checked only
    switches   (enable, "rule" or "tag", pattern), in order
    config     path of a falco.yaml, "" none; `options` are key=value texts over it
    enter_events   rules see enter and exit events, not exit events with all parameters
    fail_on        number of the least severe priority whose alerts make the run fail, None: none do
    explain        names of rules whose outcome is explained at the end
    """

    files: tuple[str, ...] = ()
    validate: tuple[str, ...] = ()
    switches: tuple[tuple[bool, str, str], ...] = ()
    config: str = ""
    options: tuple[str, ...] = ()
    enter_events: bool = False
    fail_on: int | None = None
    explain: tuple[str, ...] = ()

    @property
    def alerts(self) -> bool:
        """Whether a run is about the alerts of rules."""
        return bool(self.files or self.config or self.switches or self.options or self.enter_events)


class Job(NamedTuple):
    """All of them, and what is to be done.

    action     "run", or one of those that show something else (cli.actions)
    argument   of the action (the source of a list, the shell of a completion script, the name of a rule), or ""
    """

    action: str
    argument: str
    run: RunSettings
    show: ShowSettings
    live: LiveSettings
    write: WriteSettings
    chisels: ChiselSettings
    rules: RuleSettings
    views: ViewSettings
    export: ExportSettings
    redact: RedactSettings
    report: ReportSettings
