"""What an entry of the catalogue has."""

from collections.abc import Mapping
from dataclasses import dataclass, field

PASSES, BELOW = 0, 2


@dataclass(frozen=True)
class Total:
    """The truth is a total.

    Attributes:
        percent: the total by design, in percent.
        exit_code: what the gate of 80% must exit with, 0 or 2.
    """

    percent: float
    exit_code: int


@dataclass(frozen=True)
class Refusal:
    """The truth is that there is no total: a gate must refuse.

    Attributes:
        message: words that this template must print; it exits with neither 0 nor 2.
    """

    message: str


@dataclass(frozen=True)
class Mode:
    """A way in which a coverage gate lies, with what provokes it and what is true by design.

    The gate is at 80%. What a pipeline's author wrote by hand goes into the pipelines that are
    written by hand, and what a project has goes into all of them.

    Attributes:
        id: its name.
        direction: "G", passes when it should fail, "R", fails when it should pass, or both.
        symptom: one sentence for a person who has it.
        cause: why it happens.
        answer: what this template does about it.
        truth: the total and the exit code, or the refusal.
        sample: folder of tests/samples.
        files: files of the project by their path, written over the sample's; None removes one.
        settings: what a hand-written [tool.coverage] has besides, by table and key; None removes a
            key.
        project_settings: what every [tool.coverage] has besides, by table and key.
        pyproject: lines that every pyproject.toml has besides.
        environment: what the shell exports.
        rewrite: what replaces some words of the hand-written commands.
        before: command line that runs before all others.
        between: command line that runs after the tests.
        after_combine: command line that runs after the data files were combined.
        repeat: what runs once more after `between`, "tests", or after `after_combine`, "combine".
        at_once: the truth for a pipeline that has decided when the tests end, before `between` and
            `after_combine`.
        refusal: words of a refusal with which this template may answer instead of the truth.
        requirements: versions that the hand-written pipelines are run with; this template must
            refuse to install them.
    """

    id: str
    direction: str
    symptom: str
    cause: str
    answer: str
    truth: Total | Refusal
    sample: str = "incident"
    files: Mapping[str, str | None] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    project_settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    pyproject: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    rewrite: Mapping[str, str] = field(default_factory=dict)
    before: str = ""
    between: str = ""
    after_combine: str = ""
    repeat: str = ""
    at_once: Total | None = None
    refusal: str = ""
    requirements: tuple[str, ...] = ()

    @property
    def slip(self) -> bool:
        """Whether somebody made it happen who wrote commands or settings by hand.

        A mode without a slip is natural: project and environment are as they are, and the
        pipelines as their authors published them.
        """
        return bool(self.rewrite or self.settings)


@dataclass(frozen=True)
class JobsMode(Mode):
    """A mode of two jobs on two machines, with half of the tests each.

    `rewrite` is for the hand-written workflow.

    Attributes:
        event: what replaces some words of every workflow, to make happen what no author wrote.
        earlier: a test module that only another commit had.
        again: values of the matrix: a second attempt runs the job that has them again,
            "Re-run failed jobs".
    """

    event: Mapping[str, str] = field(default_factory=dict)
    earlier: str = ""
    again: Mapping[str, object] = field(default_factory=dict)
