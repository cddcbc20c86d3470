"""`pysysdig rules backtest`: rules on many traces, and what other rules would have made of them."""
