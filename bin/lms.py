"""bin/lms: the command line in the project's environment."""

import sys

import prepare

prepare.prepare(assets=False)
prepare.become("-m", "lms.operations.command_line", *sys.argv[1:])
