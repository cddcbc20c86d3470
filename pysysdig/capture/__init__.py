"""Live capture: the eBPF probe loaded through bcc, its ring drained in whole spans, /proc for what was there before.

The kernel writes generic records (probe/00_record.h); `encode` turns them into events of the .scap encoding, so that
everything after this package is the same for a live stream and for a file. Only `loader` imports bcc.
"""
