"""Views: tables over a stream of events, as csysdig shows them.

`builtin/` holds one file a view (data); `aggregate` sums events up to a `Frame`, which whoever shows it (text, JSON, a screen, a
report) draws.
"""
