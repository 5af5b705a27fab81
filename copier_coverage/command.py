"""The command `copier-coverage`."""

from importlib.metadata import version

from invoke import Collection, Program

from copier_coverage.tasks import adopt, audit


class Command(Program):
    """Invoke's program, with a help for `copier-coverage adopt --help`.

    Invoke takes a `--help` behind the name of a task with a positional argument for that argument.
    """

    def normalize_argv(self, argv: list[str] | None) -> None:
        """Put `--help` before the name of the task."""
        super().normalize_argv(argv)
        if {"--help", "-h"} & {*self.argv[2:]}:
            self.argv = [self.argv[0], "--help", self.argv[1]]


program = Command(
    name="copier-coverage",
    binary="copier-coverage",
    namespace=Collection(adopt, audit),
    version=version("copier-coverage"),
)
