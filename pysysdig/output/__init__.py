"""Where text goes: standard output and error, terminals."""
