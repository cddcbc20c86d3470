"""Falco rule files: loading and checking them (`load`), matching them against events (`engine`), and alerts.

What describes and validates is in `describe` and `validate`; what prints alerts in `alerts`, `output_format` and `summary`.
"""
