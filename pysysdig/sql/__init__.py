"""SQL on captures: queries by DuckDB, and filters said in SQL."""
