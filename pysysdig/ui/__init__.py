"""The terminal UI: csysdig's screens on live captures and on traces.

`engine` reads events in a process of its own and sends `table.Table`s through a pipe (`messages`); `app` shows the latest one.
Only `app` and what it is made of import Textual.
"""
