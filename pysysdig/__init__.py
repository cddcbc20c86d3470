"""pysysdig: capture and inspect system calls, compatible with sysdig and Falco."""

__version__ = "0.1.0"
