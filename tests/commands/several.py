"""Another process that runs commands of ours, one after the other. Says how each went, as JSON."""

import io
import json
import sys
from contextlib import redirect_stderr, redirect_stdout

from django.db import connections

from opsdesk.commands.main import main

went = []
for line in json.loads(sys.argv[1]):
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(line)
        except SystemExit as leaving:
            code = int(leaving.code or 0)
    connections.close_all()
    went.append([line, code, out.getvalue(), err.getvalue()])
json.dump(went, sys.stdout)
