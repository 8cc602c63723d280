import sys

from opsdesk.commands.main import main

sys.exit(main())
