"""Trying rules without a running machine: test files (`*_test.yaml`), the machines and events that they describe, verdicts.

`files` finds and reads test files into `model.Suite`; `world` and `synthetic` make events of what they describe, `play` runs the
rules on them or on a trace, `verdict` compares, `report` tells.
"""
