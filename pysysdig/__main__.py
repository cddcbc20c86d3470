"""python -m pysysdig"""

from pysysdig.cli.main import entry

entry()
