"""The Inspector: threads, descriptors, users, groups and containers, and which of them each event sees."""
