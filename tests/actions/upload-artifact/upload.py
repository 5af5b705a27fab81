"""Keep files of the workspace as an artifact, by the rules of actions/upload-artifact.

Source: its README, and its src/upload/upload-artifact.ts and src/shared/search.ts.
"""

import hashlib
import json
import os
import re
import sys
import zipfile
from pathlib import Path

INPUTS = json.loads(os.environ["INPUTS"])
STORE = Path(os.environ["ARTIFACT_STORE"])
WORKSPACE = Path(os.environ["GITHUB_WORKSPACE"])
WILDCARD = re.compile(r"[*?\[]")


def flag(name: str) -> bool:
    """Return a yes-or-no input, in one of the ways of writing it that @actions/core knows."""
    value = INPUTS[name]
    if value.lower() not in ("true", "false"):
        sys.exit(f"::error::Input does not meet YAML 1.2 'Core Schema' specification: {name}")
    return value.lower() == "true"


def search_path(pattern: str) -> Path:
    """Return the folder that a pattern searches: what is before its first wildcard."""
    parts = (WORKSPACE / pattern).parts
    fixed = [
        part
        for number, part in enumerate(parts)
        if not any(map(WILDCARD.search, parts[: number + 1]))
    ]
    return Path(*fixed)


def find(pattern: str, hidden: bool) -> set[Path]:
    """Return the files that a pattern matches, and all below the folders that it matches."""
    found = set()
    for path in WORKSPACE.glob(pattern):
        found.update(
            [path] if path.is_file() else (file for file in path.rglob("*") if file.is_file())
        )
    return {file for file in found if hidden or not is_hidden(file)}


def is_hidden(file: Path) -> bool:
    """Return whether a part of the file's path in the workspace begins with a dot."""
    return any(part.startswith(".") for part in file.relative_to(WORKSPACE).parts)


def main() -> None:
    """Upload. Exits with 1 for no files, when asked to, and for a name that is taken (409)."""
    lines = [line.strip() for line in INPUTS["path"].splitlines() if line.strip()]
    patterns = [line for line in lines if not line.startswith("!")]
    hidden = flag("include-hidden-files")
    files = {file for pattern in patterns for file in find(pattern, hidden)}
    for line in set(lines) - set(patterns):
        files -= find(line[1:], hidden=True)
    if not files:
        found_none = (
            f"No files were found with the provided path: {INPUTS['path']}. "
            "No artifacts will be uploaded."
        )
        behaviour = INPUTS["if-no-files-found"]
        if behaviour not in ("warn", "error", "ignore"):
            sys.exit(f"::error::Unrecognized if-no-files-found input. Provided: {behaviour}")
        if behaviour == "error":
            sys.exit(f"::error::{found_none}")
        print(f"::warning::{found_none}" if behaviour == "warn" else found_none)
        return

    roots = {search_path(pattern) for pattern in patterns}
    root = Path(os.path.commonpath(roots))
    if root.is_file():
        root = root.parent
    artifact = STORE / f"{INPUTS['name']}.zip"
    if flag("overwrite"):
        artifact.unlink(missing_ok=True)
    try:
        with (
            artifact.open("xb") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for path in sorted(files):
                archive.write(path, path.relative_to(root))
    except FileExistsError:
        sys.exit(
            "::error::Failed to CreateArtifact: Received non-retryable error: "
            "Failed request: (409) Conflict: "
            f"an artifact with this name already exists on the workflow run: {INPUTS['name']}"
        )
    artifact.with_suffix(".sha256").write_text(hashlib.sha256(artifact.read_bytes()).hexdigest())
    print(f"Artifact {INPUTS['name']}: {len(files)} file(s) uploaded")


main()
