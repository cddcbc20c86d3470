"""Events as tables: which columns there are, and their values as Python objects, Arrow arrays and files."""
