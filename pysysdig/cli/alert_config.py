"""The configuration of a job with rules: Falco's, and what other options of the command line say about alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pysysdig.events.text import to_display
from pysysdig.rules.appended import AppendOutput
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.config_tree import read
from pysysdig.settings import COLOUR, PLAIN

if TYPE_CHECKING:
    from pysysdig.settings import Job


def alert_config(job: Job) -> RuleConfig:
    """The configuration of a job. Raises UsageError."""
    config = RuleConfig(read(job.rules.config, job.rules.options))
    config.json_output |= job.show.json
    config.buffer_format_base64 |= job.show.buffers == "base64"
    if job.show.placed or job.show.format not in (PLAIN, COLOUR):
        entry = AppendOutput()
        entry.suggested_output = job.show.placed
        entry.extra_output = "" if job.show.placed else to_display(job.show.format)
        config.append_output.append(entry)
    return config
