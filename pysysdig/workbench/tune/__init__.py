"""`pysysdig rules tune`: exceptions for the alerts that rules raise, each tried before it is proposed."""
