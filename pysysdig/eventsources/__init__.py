"""Sources of events other than the kernel: what they are called, how their events are read, which fields they have."""
