"""The configuration of a job with rules: Falco's, and what other options of the command line say about alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pysysdig.cli.job import COLOUR, PLAIN
from pysysdig.events.text import to_display
from pysysdig.rules.appended import AppendOutput
from pysysdig.rules.config import RuleConfig
from pysysdig.rules.config_tree import read

if TYPE_CHECKING:
    from pysysdig.cli.job import Job


def alert_config(job: Job) -> RuleConfig:
    """The configuration of a job. Raises UsageError."""
    config = RuleConfig(read(job.config, job.config_options))
    config.json_output |= job.json
    config.buffer_format_base64 |= job.buffers == "base64"
    if job.placed or job.format not in (PLAIN, COLOUR):
        entry = AppendOutput()
        entry.suggested_output = job.placed
        entry.extra_output = "" if job.placed else to_display(job.format)
        config.append_output.append(entry)
    return config
