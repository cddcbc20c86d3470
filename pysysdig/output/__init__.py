"""Formats and rendering: parameters and values as text or JSON, -p templates."""
