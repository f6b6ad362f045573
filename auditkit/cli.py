"""The command line: names of the commands and their short help; each command's module is imported when it is called."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import click

from auditkit import __version__
from auditkit.errors import AuditkitError

# name -> (module, short help); the help text stands here so that `auditkit --help` imports nothing else.
COMMANDS = {
    "run": ("auditkit.commands.run", "Test a quarter's extracts and write the workbooks."),
    "import-review": ("auditkit.commands.import_review", "Take what people filled in back from returned workbooks."),
    "test": ("auditkit.commands.test", "Run the cases of controls, and check that they would notice a wrong query."),
    "list": ("auditkit.commands.list", "List controls and attributes."),
    "show": ("auditkit.commands.show", "Show one control or attribute: criteria, parameters, SQL."),
    "explain": ("auditkit.commands.explain", "Show what stands behind one exception: rows, SQL, limits."),
    "sensitivity": ("auditkit.commands.sensitivity", "Show how the exceptions of an attribute change with a limit."),
    "catalogue": ("auditkit.commands.catalogue", "Print the controls as a page to read."),
    "map": ("auditkit.commands.map", "Propose a mapping file from the headers of an extract."),
    "data-request": ("auditkit.commands.data_request", "Print what to ask of HR and IT for the quarter."),
    "verify": ("auditkit.commands.verify", "Compare every file of a run's evidence with its manifest."),
    "reperform": ("auditkit.commands.reperform", "Perform a run again from its evidence and say what differs."),
    "issue": ("auditkit.commands.issue", "Write the issued editions of a quarter, or say what is missing."),
    "diff": ("auditkit.commands.diff", "Split the change in exceptions between two quarters into its causes."),
    "pack": ("auditkit.commands.pack", "Write the evidence of a run as one archive."),
    "purge": ("auditkit.commands.purge", "Delete the extracts of a quarter whose work is done."),
    "init": ("auditkit.commands.init", "Make a new audit project."),
}


class LazyGroup(click.Group):
    """A group that knows its commands' names and imports one only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write names and short help without importing the commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="auditkit")
def group() -> None:
    """
    Test integrity controls each quarter over HR, payroll and procurement extracts.

    \b
    Example:
      auditkit run --quarter 2026-Q3

    Exit codes: 0 done; 1 with --fail-on, such exceptions exist; 2 could not run; 3 run complete, but something is
    not concluded.
    """


def main(words: list[str] | None = None) -> None:
    """Run the command line, or `words`; an error an auditor can act on is one message on stderr and exit code 2."""
    try:
        # Outside its standalone mode click returns the code of an Exit that a command raised.
        code = group(words, prog_name="auditkit", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped; nothing was written.", err=True)
        sys.exit(2)
    except AuditkitError as error:
        click.echo(f"auditkit: {error}", err=True)
        sys.exit(2)
    except OSError as error:
        click.echo(f"auditkit: {error.strerror or type(error).__name__}: {error.filename or 'no file named'}", err=True)
        sys.exit(2)
    except Exception as error:
        if os.environ.get("AUDITKIT_TRACEBACK"):
            raise
        click.echo(f"auditkit: {_defect(error)}", err=True)
        sys.exit(2)
    sys.exit(code if isinstance(code, int) else 0)


def _defect(error: Exception) -> str:
    """Return where an error that nobody foresaw came up, without its own words: they may quote an extract."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = f" in {Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""
    hint = "this is a defect of auditkit; please report this line (AUDITKIT_TRACEBACK=1 shows more, extracts included)"
    return f"{type(error).__name__}{where}\n  {hint}"


if __name__ == "__main__":
    main()
