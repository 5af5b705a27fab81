"""Where the template is, without starting anything."""

import subprocess

import pytest

from copier_coverage.errors import Refusal
from copier_coverage.template import template_from
from workshop.rendering import ROOT


def test_clone_has_the_template():
    with template_from() as template:
        assert template.folder == ROOT


def test_folder_without_the_template_is_refused(tmp_path):
    with (
        pytest.raises(Refusal, match="is not a copy of the template"),
        template_from(str(tmp_path)),
    ):
        pass


def test_unit_tests_start_no_process():
    with pytest.raises(NameError):
        subprocess.run(["git", "--version"], check=False)
