"""The keys of Falco's configuration, all that there ever were, and ours: what they are and whether the service serves them.

Falco's are those of 0.27 to 0.45. Ours stand under `pysysdig`, and a few beside Falco's in its sections.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from pysysdig.rules.schema import Validator
from pysysdig.rules.yamldoc import MAPPING, NULL, SCALAR, SEQUENCE, Node
from pysysdig.service.engine_keys import ASKED, NAMED

BOOL, INT, NUMBER, TEXT, TEXTS, MAP, LIST = "boolean", "integer", "number", "string", "strings", "object", "array"
_LEVELS = "emergency alert critical error warning notice info informational debug"
_NUMBER = re.compile(r"\s*[+-]?(\d{1,18}(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")


class Key(NamedTuple):
    """A key. kind: one of the above, or the words that it can be; served: it has an effect here."""

    path: str
    kind: str | tuple[str, ...]
    served: bool = True


def _keys(prefix: str, kind: str | tuple[str, ...], names: str, *, served: bool = True) -> Iterator[Key]:
    for name in names.split():
        yield Key(f"{prefix}.{name}" if prefix else name, kind, served)


KEYS: tuple[Key, ...] = (
    *_keys("", LIST, "config_files append_output rules"),
    *_keys("", TEXTS, "rules_files rules_file"),
    *_keys("", MAP, "static_fields"),
    *_keys("", BOOL, "watch_config_files time_format_iso_8601 buffer_format_base64 json_output buffered_outputs"),
    *_keys("", BOOL, "json_include_output_property json_include_message_property json_include_output_fields_property"),
    *_keys("", BOOL, "json_include_tags_property log_stderr log_syslog"),
    *_keys("", tuple(_LEVELS.split()), "log_level"),
    *_keys("", tuple((_LEVELS + " " + _LEVELS.title()).split()), "priority"),
    *_keys("", ("first", "all"), "rule_matching"),
    *_keys("", INT, "output_timeout"),
    *_keys("outputs_queue", INT, "capacity"),
    *_keys("engine", ("kmod", "ebpf", "modern_ebpf", "replay", "gvisor", "nodriver"), "kind"),
    *_keys("engine.replay", TEXT, "capture_file"),
    *_keys("engine.kmod", INT, "buf_size_preset", served=False),
    *_keys("engine.kmod", BOOL, "drop_failed_exit", served=False),
    *_keys("engine.ebpf", TEXT, "probe", served=False),
    *_keys("engine.ebpf", INT, "buf_size_preset", served=False),
    *_keys("engine.ebpf", BOOL, "drop_failed_exit", served=False),
    *_keys("engine.modern_ebpf", INT, "cpus_for_each_buffer buf_size_preset", served=False),
    *_keys("engine.modern_ebpf", BOOL, "drop_failed_exit disable_iterators", served=False),
    *_keys("engine.gvisor", TEXT, "config root", served=False),
    *_keys("capture", BOOL, "enabled"),
    *_keys("capture", TEXT, "path_prefix lookback"),
    *_keys("capture", ("rules", "all_rules"), "mode"),
    *_keys("capture", INT, "default_duration max_file_size_mb max_files"),
    *_keys("", LIST, "plugins"),
    *_keys("", TEXTS, "load_plugins"),
    *[key for name in (*ASKED, *NAMED, "static") for key in _keys(f"container_engines.{name}", BOOL, "enabled")],
    *[key for name in ASKED for key in _keys(f"container_engines.{name}", TEXTS, "sockets")],
    *_keys("container_engines.cri", BOOL, "disable_async"),
    *_keys("container_engines.static", TEXT, "container_id container_name container_image"),
    *_keys("", BOOL, "plugins_hostinfo", served=False),
    *_keys("stdout_output", BOOL, "enabled"),
    *_keys("syslog_output", BOOL, "enabled"),
    *_keys("syslog_output", TEXT, "socket"),
    *_keys("journald_output", BOOL, "enabled"),
    *_keys("journald_output", TEXT, "socket"),
    *_keys("file_output", BOOL, "enabled keep_alive"),
    *_keys("file_output", TEXT, "filename max_age"),
    *_keys("file_output", NUMBER, "max_size_mb max_files"),
    *_keys("program_output", BOOL, "enabled keep_alive"),
    *_keys("program_output", TEXT, "program"),
    *_keys("http_output", BOOL, "enabled insecure mtls echo compress_uploads keep_alive"),
    *_keys("http_output", TEXT, "url user_agent ca_cert ca_bundle ca_path client_cert client_key"),
    *_keys("http_output", INT, "max_consecutive_timeouts", served=False),
    *_keys("grpc", BOOL, "enabled"),
    *_keys("grpc", TEXT, "bind_address private_key cert_chain root_certs"),
    *_keys("grpc", INT, "threadiness", served=False),
    *_keys("grpc_output", BOOL, "enabled"),
    *_keys("webserver", BOOL, "enabled ssl_enabled prometheus_metrics_enabled"),
    *_keys("webserver", INT, "listen_port threadiness"),
    *_keys("webserver", TEXT, "listen_address k8s_healthz_endpoint ssl_certificate"),
    *_keys("webserver", TEXT, "k8s_audit_endpoint"),
    *_keys("libs_logger", BOOL, "enabled", served=False),
    *_keys("libs_logger", TEXT, "severity", served=False),
    *_keys("syscall_event_timeouts", INT, "max_consecutives"),
    *_keys("syscall_event_drops", NUMBER, "threshold rate max_burst"),
    *_keys("syscall_event_drops", TEXTS, "actions"),
    *_keys("syscall_event_drops", BOOL, "simulate_drops"),
    *_keys("metrics", BOOL, "enabled output_rule rules_counters_enabled resource_utilization_enabled state_counters_enabled"),
    *_keys("metrics", BOOL, "kernel_event_counters_enabled convert_memory_to_mb include_empty_values"),
    *_keys("metrics", BOOL, "kernel_event_counters_per_cpu_enabled"),
    *_keys("metrics", TEXT, "interval output_file"),
    *_keys("metrics", TEXTS, "alert_labels"),
    *_keys("metrics", BOOL, "libbpf_stats_enabled"),
    *_keys("metrics", BOOL, "plugins_metrics_enabled", served=False),
    *_keys("metrics", BOOL, "kernel_iter_event_counters_enabled jemalloc_stats_enabled", served=False),
    *_keys("base_syscalls", TEXTS, "custom_set"),
    *_keys("base_syscalls", BOOL, "repair"),
    *_keys("base_syscalls", BOOL, "all", served=False),
    *_keys("falco_libs", INT, "snaplen"),
    *_keys("falco_libs", INT, "thread_table_size thread_table_auto_purging_interval_s", served=False),
    *_keys("falco_libs", INT, "thread_table_auto_purging_thread_timeout_s", served=False),
    # gone from Falco
    *_keys("outputs", NUMBER, "rate max_burst", served=False),
    *_keys("metadata_download", INT, "max_mb chunk_wait_us watch_freq_sec", served=False),
    *_keys("modern_bpf", INT, "cpus_for_each_syscall_buffer", served=False),
    *_keys("", INT, "syscall_buf_size_preset", served=False),
    *_keys("", BOOL, "syscall_drop_failed_exit", served=False),
    # ours
    *_keys("pysysdig", TEXT, "user sidekick"),
    *_keys("pysysdig", MAP, "outputs routes"),
    *_keys("pysysdig.receiver", BOOL, "enabled ssl_enabled"),
    *_keys("pysysdig.receiver", TEXT, "listen_address ssl_certificate user password client_ca"),
    *_keys("pysysdig.receiver", INT, "listen_port"),
    *_keys("pysysdig.rules", TEXT, "url public_key interval folder ca_cert user password"),
    *_keys("pysysdig.rules", BOOL, "unsigned plain_http"),
    *_keys("pysysdig.folding", TEXT, "window"),
    *_keys("pysysdig.folding", TEXTS, "fields"),
    *_keys("pysysdig.spool", TEXT, "path max_age"),
    *_keys("pysysdig.spool", NUMBER, "max_size_mb"),
)


class _Branch:
    """Keys by the parts of their names."""

    def __init__(self) -> None:
        self.keys: dict[str, _Branch | Key] = {}


def _tree() -> _Branch:
    root = _Branch()
    for key in KEYS:
        *way, last = key.path.split(".")
        here = root
        for name in way:
            below = here.keys.setdefault(name, _Branch())
            assert isinstance(below, _Branch)
            here = below
        here.keys[last] = key
    return root


_ROOT = _tree()


def deviations(root: Node) -> list[str]:
    """What in a configuration does not fit, in Falco's words, innermost first; empty if all of it does."""
    validator = Validator()
    if root.kind != NULL:
        _check(_ROOT)(validator, root, "<root>")
    return validator.found


def _check(what: _Branch | Key) -> Any:
    if isinstance(what, _Branch):
        properties = {name: _check(below) for name, below in what.keys.items()}
        return lambda v, node, path: node.kind == NULL or v.object(properties, (), node, path)
    if isinstance(what.kind, tuple):
        words = frozenset(what.kind)
        return lambda v, node, path: v.one_of(words, node, path)
    return _CHECKS[what.kind]


def _number(v: Validator, node: Node, path: str) -> bool:
    return (node.kind == SCALAR and _NUMBER.fullmatch(node.text) is not None) or v.fail(
        path, "Value type not permitted by 'type' constraint."
    )


def _text(v: Validator, node: Node, path: str) -> bool:
    return node.kind == NULL or v.string(node, path)


def _texts(v: Validator, node: Node, path: str) -> bool:
    return node.kind in (NULL, SCALAR) or v.array(Validator.string, node, path)


def _kind(kind: int) -> Any:
    return lambda v, node, path: node.kind in (NULL, kind) or v.fail(path, "Value type not permitted by 'type' constraint.")


_CHECKS = {
    BOOL: Validator.boolean, INT: Validator.integer, NUMBER: _number, TEXT: _text, TEXTS: _texts, MAP: _kind(MAPPING),
    LIST: _kind(SEQUENCE),
}  # fmt: skip


def unserved(tree: dict[str, Any]) -> list[str]:
    """The keys of a configuration (as a tree) that have no effect here; a section none of which has one is named alone."""
    found, _ = _unserved(tree, _ROOT, "")
    return found


def _unserved(tree: dict[str, Any], branch: _Branch, prefix: str) -> tuple[list[str], bool]:
    """(names, whether nothing of it has an effect)"""
    names: list[str] = []
    none = True
    for name, value in tree.items():
        path = prefix + name
        what = branch.keys.get(name)
        if isinstance(what, _Branch) and isinstance(value, dict):
            below, all_of_it = _unserved(value, what, path + ".")
            names += [path] if all_of_it and below else below
            none = none and all_of_it
        elif what is None or (isinstance(what, Key) and not what.served):
            names.append(path)
        else:
            none = False
    return names, none


def schema() -> str:
    """The keys as a JSON schema."""
    top = {"$schema": "http://json-schema.org/draft-06/schema#", "title": "falco.yaml, as pysysdig reads it"}
    return json.dumps({**top, **_described(_ROOT)}, indent=2) + "\n"


def _described(what: _Branch | Key) -> dict[str, Any]:
    if isinstance(what, _Branch):
        return {
            "type": "object",
            "additionalProperties": False,
            "properties": {name: _described(below) for name, below in sorted(what.keys.items())},
        }
    if isinstance(what.kind, tuple):
        return {"type": "string", "enum": list(what.kind)}
    if what.kind == TEXTS:
        return {"type": "array", "items": {"type": "string"}}
    return {"type": what.kind}
