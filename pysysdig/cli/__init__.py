"""The command line: sysdig's own grammar over one option table, turned into one job description.

The option table (`options.py`) drives parsing, `--help`, completion and the manual page. Nothing here is imported
by the engine, and click and rich are imported only where help, completion or a progress bar is shown.
"""
