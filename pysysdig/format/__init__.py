"""What events look like as lines: -p formats, the printer, summaries."""
