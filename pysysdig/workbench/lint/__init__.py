"""`pysysdig rules lint`: what is valid in rule files, but hardly meant."""
