"""What the program tells about itself: --help, lists, completion, the manual page."""

from __future__ import annotations
