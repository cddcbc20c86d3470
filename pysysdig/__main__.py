"""python -m pysysdig"""

import sys

from pysysdig.cli.main import main

sys.exit(main())
