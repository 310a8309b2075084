"""The command `seatrial`: finds its commands, and turns errors into one line and a status."""

import sys
from importlib import import_module
from importlib.util import find_spec

import click

from proxy import __version__
from proxy.errors import SeatrialError, SettingsError, SettingsErrors, UsageError
from proxy.logs import masked

COMMANDS = {
    "serve": "Run the relay and the monitor in front of model APIs.",
    "check": "Say what is wrong with a settings file, without starting anything.",
    "analyze": "Read recorded exchanges offline: usage, errors, conversations.",
    "forget": "Have a running instance let go of one conversation.",
    "demo": "Show the whole product on this machine, without an account.",
    "store": "Look into the store, move it, and prune it.",
    "simulate": "Serve a simulated model API for demos, tests and training.",
}
"""Name and line of help; the file `proxy/cli/<name>.py` holds the command `<name>`."""

HELP = """Measure, on live traffic, whether a model is fit to deploy.

Seatrial stands between applications and model APIs. It relays every byte unchanged and
measures beside it how the model behaves.

\b
Examples
  seatrial demo
      see it work, without an account
  seatrial serve
      relay 127.0.0.1:8080/openai, /anthropic and /gemini to their APIs
  seatrial check -c seatrial.yaml
      find mistakes in a settings file
  OPENAI_BASE_URL=http://127.0.0.1:8080/openai/v1 python app.py
      send an application's calls through it

\b
Exit status
  0 it worked   1 it failed while running   2 wrong usage or settings
  130, 143 killed by a second Ctrl-C or SIGTERM
"""


class Commands(click.Group):
    """Imports a command when it is called; its file may be missing, and so is it then."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [name for name in COMMANDS if find_spec(f"proxy.cli.{name}")]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(ctx):
            return None
        command = getattr(import_module(f"proxy.cli.{name}"), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, COMMANDS[name]) for name in self.list_commands(ctx)]
            )


@click.group(
    cls=Commands, help=HELP, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, message="seatrial %(version)s")
def seatrial() -> None:
    pass


def main() -> None:
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command; its exit status. Errors that were foreseen are one line each."""
    try:
        status = seatrial.main(arguments, "seatrial", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as help_asked:
        click.echo(help_asked.format_message())
        return 0
    except click.UsageError as error:
        where = error.ctx.command_path if error.ctx else "seatrial"
        return told(f"{error.format_message()} (see {where} --help)", 2)
    except click.ClickException as error:
        return told(error.format_message(), error.exit_code)
    except (SettingsError, SettingsErrors, UsageError) as error:
        return told(str(error), 2)
    except SeatrialError as error:
        return told(str(error), 1)
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        # The reader of our output left; Python must not complain of it at exit either.
        sys.stdout = sys.stderr
        return 141
    return status if isinstance(status, int) else 0


def told(message: str, status: int) -> int:
    for line in message.splitlines():
        click.echo(f"seatrial: {masked(line)}", err=True)
    return status


if __name__ == "__main__":
    main()
