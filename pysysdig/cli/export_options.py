"""The options of tables of events."""

from __future__ import annotations

from pysysdig.cli.meanings import Put
from pysysdig.cli.option import NONE, REQUIRED, Option

EXPORT = "Tables"


def names(text: str) -> tuple[str, ...]:
    """A list of fields, as typed."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


EXPORT_OPTIONS = (
    Option(
        "export",
        "",
        "export",
        REQUIRED,
        "FILE",
        EXPORT,
        "Write the events as a table: FILE ends in .parquet, .arrow, .arrows (these need the extra arrow), .csv or .ndjson. "
        "Or send them to Kafka: kafka://HOST:PORT/TOPIC (extra kafka).",
        Put("export.path", parse=str),
    ),
    Option(
        "fields",
        "",
        "fields",
        REQUIRED,
        "LIST",
        EXPORT,
        "With --export: the columns, fields separated by commas, or one of the sets wide (the default), rules (what Falco's "
        "rules ask for, too) and safe (without arguments, command lines, working directories). Audit logs have k8s_audit.",
        Put("export.fields", parse=names),
    ),
    Option(
        "calls",
        "",
        "calls",
        NONE,
        "",
        EXPORT,
        "With --export: one row a call with all its parameters, as Falco's rules see them, in place of enter and exit events.",
        Put("export.calls"),
    ),
    Option(
        "redact",
        "",
        "redact",
        REQUIRED,
        "POLICY",
        EXPORT,
        "With --export or -w FILE.pscap: hide values wherever they occur, by a YAML file that says for fields drop, hash, "
        "keep-directory, net24, net64, mask-args or keep, or by the policy called default.",
        Put("redact.policy", parse=str),
    ),
    Option(
        "redact_key",
        "",
        "redact-key",
        REQUIRED,
        "FILE",
        EXPORT,
        "With --redact: the key for hashes, so that those of several files are the same. Without it nobody knows the key.",
        Put("redact.key", parse=str),
    ),
)
