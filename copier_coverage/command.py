"""The command `copier-coverage`."""

from importlib.metadata import version

from invoke import Collection, Program

from copier_coverage.tasks import adopt, audit

program = Program(
    name="copier-coverage",
    binary="copier-coverage",
    namespace=Collection(adopt, audit),
    version=version("copier-coverage"),
)
