"""sysdig's capture files (.scap): `reader.open_capture` reads them, `writer.CaptureWriter` writes them.

Layout of the format: blocks.py. Reading is done in layers: source (bytes from a file, a pipe or gzip) -> metadata (the
blocks before the first event) and walk (where the event blocks are) -> reader (sections and batches).
"""
