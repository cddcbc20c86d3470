"""Events of other sources than the kernel in a service: each input has a thread, which tries the rules of its source and hands
alerts on at once, beside the run that looks at system calls."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pysysdig.alerts.make import AlertMaker, alerting
from pysysdig.errors import PysysdigError
from pysysdig.events.table import CURRENT
from pysysdig.eventsources import registry
from pysysdig.rules.active import ActiveRules
from pysysdig.rules.model import SYSCALL
from pysysdig.service.listening import Posted, check, opened, taking_as_before
from pysysdig.service.plugin_keys import MAX_BODY
from pysysdig.state.inspector import Inspector
from pysysdig.state.levels import EVENT

if TYPE_CHECKING:
    from pysysdig.service.config import ServiceConfig
    from pysysdig.service.daemon import Service
    from pysysdig.service.plugin_keys import InputSettings
    from pysysdig.service.web import Post
    from pysysdig.sources.records import Records

_OLDER = "k8s_audit"  # the source that Falco <= 0.31 had itself
_END = 5.0  # seconds for a thread to end


class Taken:
    """What has come of a source: `events`, and `left_out`: what was none, or too large."""

    __slots__ = ("events", "left_out")

    def __init__(self) -> None:
        self.events = self.left_out = 0


class _Input:
    """One input and its thread. error: why it has ended before it should have, "" if it has not."""

    def __init__(self, service: Service, capture: Records, counts: dict[str, int], taken: Taken, lock: threading.Lock) -> None:
        self.capture = capture
        self.error = ""
        self._service = service
        self._counts, self._taken, self._lock = counts, taken, lock
        self._of: ActiveRules[AlertMaker] | None = None  # the service's rules, of which `_rules` are those of other sources
        self._rules: ActiveRules[AlertMaker] | None = None
        self._thread = threading.Thread(target=self._run, name=f"events {capture.name}", daemon=True)
        capture.faults.hear = self._left_out
        self._thread.start()

    def _left_out(self, what: str) -> None:
        with self._lock:
            self._taken.left_out += 1
        self._service.log.error(f"{what}; left out")

    def _run(self) -> None:
        try:
            for section in self.capture.sections():
                inspector = Inspector(section.snapshot, section.generation, EVENT)
                for batch in section.batches():
                    with self._lock:
                        self._taken.events += len(batch)
                    rules = self._current()
                    engine, maker = rules.compiled(CURRENT)
                    view = inspector.process(batch)
                    positions, indexes = engine.match(view)
                    if not len(positions):
                        continue
                    with self._lock:
                        for index in indexes.tolist():
                            name = rules.rules[index].name
                            self._counts[name] = self._counts.get(name, 0) + 1
                    self._service.forward(maker.make(view, positions, indexes))
        except PysysdigError as error:
            self._failed(error.render())
        except Exception as error:  # a mistake in somebody's source must not be silent
            self._failed(f"{self.capture.name}: {error!r}")

    def _failed(self, why: str) -> None:
        self.error = why
        self._service.log.critical(f"{why}; no more events are taken from there")

    def _current(self) -> ActiveRules[AlertMaker]:
        """Rules of their own: what compiled conditions remember is not shared between threads."""
        loaded = self._service.state
        if self._rules is None or loaded.rules is not self._of:
            self._of = loaded.rules
            rules = [rule for rule in loaded.rules.rules if rule.source != SYSCALL]
            self._rules = alerting(rules, loaded.config.rules, CURRENT, with_fields=True)
        return self._rules

    def close(self) -> None:
        self.capture.close()
        self._thread.join(_END)


def check_inputs(config: ServiceConfig) -> None:
    """Raises PysysdigError for inputs that could not be opened."""
    for settings in config.inputs:
        try:
            check(settings.params, settings.certificate)
        except PysysdigError as error:
            raise PysysdigError(f"plugins: {settings.source}: {error.render()}") from None


class Intake:
    """The inputs of a service; they follow its configuration.

    counts   alerts by the names of rules
    taken    what has come, by source, also of inputs that there are no more
    """

    def __init__(self, service: Service) -> None:
        self.counts: dict[str, int] = {}
        self.taken: dict[str, Taken] = {}
        self._service = service
        self._lock = threading.Lock()
        self._inputs: dict[InputSettings, _Input] = {}
        self._older: _Input | None = None

    @property
    def names(self) -> list[str]:
        """The sources that there are inputs of."""
        older = [_OLDER] if self._older is not None else []
        return sorted({*(settings.source for settings in self._inputs), *older})

    @property
    def problems(self) -> list[str]:
        """Why inputs have ended."""
        return [one.error for one in self._all() if one.error]

    def _all(self) -> list[_Input]:
        return [*self._inputs.values(), *([self._older] if self._older is not None else [])]

    def follow(self, config: ServiceConfig) -> None:
        """Begin and end inputs. Raises PysysdigError."""
        check_inputs(config)
        for settings in [s for s in self._inputs if s not in config.inputs]:
            self._inputs.pop(settings).close()
        for settings in config.inputs:
            if settings not in self._inputs:
                source = registry.source(settings.source)
                assert source is not None  # the configuration names no other
                capture = opened(settings.params, source, settings.certificate, settings.most)
                capture.largest = settings.largest
                self._inputs[settings] = self._begin(capture)
                self._service.log.info(f"Opening '{source.name}' source with plugin '{source.plugin}': {settings.params}")

    def _begin(self, capture: Records) -> _Input:
        taken = self.taken.setdefault(capture.event_source.name, Taken())
        return _Input(self._service, capture, self.counts, taken, self._lock)

    def posts(self, config: ServiceConfig) -> tuple[dict[str, Post], int]:
        """(what the web server is to take, how many bytes of it): audit events as Falco <= 0.31 did."""
        if not config.web.audit:
            return {}, 0
        source = registry.own(_OLDER)
        if self._older is None:
            self._older = self._begin(Posted(f"webserver {config.web.audit}", source))
        capture = self._older.capture
        assert isinstance(capture, Posted)
        return {config.web.audit: taking_as_before(capture.mailbox.put, source)}, MAX_BODY

    def close(self) -> None:
        """End all of them; what has been taken is tried before."""
        for one in self._all():
            one.close()
        self._inputs, self._older = {}, None
