"""`python -m monitor`: the command line, or without a command the processing container."""

from monitor.cli import app

app()
