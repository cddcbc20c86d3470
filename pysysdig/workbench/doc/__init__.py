"""`pysysdig rules doc`: rules for people to read."""
