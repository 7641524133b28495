"""`python -m monitor`: the command line, or without a command the processing container."""

from monitor.stopping import end_on_sigterm

# Before the seconds that the rest takes to load.
end_on_sigterm()

from monitor.cli import app  # noqa: E402

app()
