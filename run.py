#!/usr/bin/env python3
"""Start the command line of Cuttings: `python run.py --help`."""

from aggregator.cli import main

if __name__ == "__main__":
    main()
