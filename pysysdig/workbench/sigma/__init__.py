"""`pysysdig rules sigma`: Sigma's rules for Linux as Falco's."""
