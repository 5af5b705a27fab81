"""README.md shows the workflow in short: each of its lines is in a render, in this order."""

import re

from workshop.act import WORKFLOW
from workshop.rendering import ROOT, render


def test_readme_has_lines_of_the_workflow_only(tmp_path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (excerpt,) = re.findall(r"^```yaml\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    rendered = iter((render(tmp_path) / WORKFLOW).read_text(encoding="utf-8").splitlines())
    for line in excerpt.splitlines():
        # Without its comment.
        assert any(other.partition(" #")[0] == line for other in rendered), line
