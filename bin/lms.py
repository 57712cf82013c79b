"""bin/lms: Flask's command line in the project's environment."""

import os
import sys

import prepare

prepare.prepare(assets=False)
os.environ["FLASK_APP"] = "wsgi"
prepare.become("-m", "flask", *sys.argv[1:])
