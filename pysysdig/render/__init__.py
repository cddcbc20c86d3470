"""Parameters and values as text or as values for JSON."""
