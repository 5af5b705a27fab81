"""The command `copier-coverage`."""

from importlib.metadata import version

from invoke import Collection, Program

from copier_coverage.tasks import adopt, audit


class Command(Program):
    """Invoke's program, with help for those who do not know Invoke."""

    def normalize_argv(self, argv: list[str] | None) -> None:
        """Put `--help` before the name of a subcommand: behind it, Invoke takes it for the path."""
        super().normalize_argv(argv)
        if {"--help", "-h"} & {*self.argv[2:]}:
            self.argv = [self.argv[0], "--help", self.argv[1]]

    def print_help(self) -> None:
        """Print the subcommands, and not Invoke's own options, which only writers of tasks need."""
        print(f"Usage: {self.binary} <subcommand> [--options] PATH")
        print(f"       {self.binary} <subcommand> --help\n")
        self.list_tasks()


program = Command(
    name="copier-coverage",
    binary="copier-coverage",
    namespace=Collection(adopt, audit),
    version=version("copier-coverage"),
)
