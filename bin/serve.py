"""bin/serve: set up what is missing, then start the server. `bin/serve --help` lists the options."""

import sys

import prepare

if "--help" not in sys.argv and "-h" not in sys.argv:
    prepare.prepare()
elif not prepare.PYTHON.exists():
    prepare.prepare(assets=False)
prepare.become("-m", "lms.operations.serving", *sys.argv[1:])
