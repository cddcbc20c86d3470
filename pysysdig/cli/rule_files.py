"""--validate, --list-rules and --describe-rule: rule files without events."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

from pysysdig.cli.alert_config import alert_config
from pysysdig.events.text import from_user
from pysysdig.output.stream import standard_output
from pysysdig.output.terminal import escaped, printable_json
from pysysdig.rules import describe
from pysysdig.rules.load import load_rules
from pysysdig.rules.validate import validate

if TYPE_CHECKING:
    from pysysdig.rules.model import RuleSet
    from pysysdig.settings import Job


class _Session:
    """A job with its configuration."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.config = alert_config(job)

    def validate(self) -> int:
        """All files, and with --list-rules or --describe-rule what is in them."""
        outcome = validate(self.config.rule_paths(self.job.rules.validate), self.config.json_output, self.config.append_output)
        if outcome.status or self.job.action == "validate":
            _say(outcome.text, self.config.json_output)
            _error(outcome.log)
            return outcome.status
        _error(outcome.log)
        if self.config.json_output:
            results = json.loads(outcome.text)
            results["falco_describe_results"] = describe.describe(outcome.rule_set, self.job.argument or None)
            _say(_dump(results), True)
        else:
            _say(f"{outcome.text}\n{self.described(outcome.rule_set)}", False)
        return 0

    def describe(self) -> int:
        """What is in the files that would be loaded for a run."""
        loaded = load_rules(self.config.rule_paths(self.job.rules.files), self.config.append_output, every_source=False)
        for result in loaded.results:
            if not result.successful:
                _error(result.as_text() + result.further_text())
                return 1
        if loaded.missing_plugins:
            _error(f"Error: {loaded.missing_plugins}\n")
            return 1
        _say(self.described(loaded), self.config.json_output)
        return 0

    def described(self, rule_set: RuleSet) -> str:
        """The rules, or the one that was asked for."""
        name = self.job.argument
        if self.config.json_output:
            return _dump(describe.describe(rule_set, name or None))
        if name:
            width = shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else 0
            return describe.describe_rule(rule_set, name, width)
        return describe.list_rules(rule_set)


def run(job: Job) -> int:
    """Run a job about rule files; returns the exit status. Raises PysysdigError, BrokenPipeError."""
    session = _Session(job)
    return session.validate() if job.rules.validate else session.describe()


def _dump(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"


def _say(text: str, is_json: bool) -> None:
    with standard_output() as out:
        out.flush()
        if not is_json:
            text = escaped(text)
        elif out.isatty():
            text = printable_json(from_user(text)).encode("latin-1").decode("utf-8")
        out.buffer.write(text.encode("utf-8", "replace"))


def _error(text: str) -> None:
    sys.stderr.write(escaped(text))
    sys.stderr.flush()
