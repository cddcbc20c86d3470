"""Our own capture format (.pscap): frames of columns with the state rows that events see. See docs/trace-format.md.

It never decodes kernel records: what is written are the EventBatches that a capture file or the live probe gave.
"""
