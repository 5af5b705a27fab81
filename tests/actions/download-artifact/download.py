"""Put the files of artifacts into the workspace, by the rules of actions/download-artifact.

Source: its README, and its src/download-artifact.ts.
"""

import fnmatch
import hashlib
import json
import os
import sys
import zipfile
from pathlib import Path

INPUTS = json.loads(os.environ["INPUTS"])
STORE = Path(os.environ["ARTIFACT_STORE"])
WORKSPACE = Path(os.environ["GITHUB_WORKSPACE"])


def main() -> None:
    """Download.

    Exits with 1 for a name that no artifact has, and for an artifact that was changed in the
    store.
    """
    artifacts = sorted(STORE.glob("*.zip"))
    if name := INPUTS.get("name"):
        artifacts = [artifact for artifact in artifacts if artifact.stem == name]
        if not artifacts:
            sys.exit(
                f"::error::Unable to download artifact(s): Artifact not found for name: {name}"
            )
    elif pattern := INPUTS.get("pattern"):
        artifacts = [
            artifact for artifact in artifacts if fnmatch.fnmatchcase(artifact.stem, pattern)
        ]
    if INPUTS["merge-multiple"] not in ("true", "false"):
        sys.exit(
            "::error::Input does not meet YAML 1.2 'Core Schema' specification: merge-multiple"
        )

    # Since v5, one artifact needs no folder of its own, even if it was found by a pattern.
    merge = len(artifacts) == 1 or INPUTS["merge-multiple"] == "true"
    folder = WORKSPACE / (INPUTS.get("path") or "")
    for artifact in artifacts:
        if (
            hashlib.sha256(artifact.read_bytes()).hexdigest()
            != artifact.with_suffix(".sha256").read_text()
        ):
            sys.exit(f"::error::Artifact '{artifact.stem}' digest validation failed.")
        with zipfile.ZipFile(artifact) as archive:
            archive.extractall(folder if merge else folder / artifact.stem)
    print(f"Total of {len(artifacts)} artifact(s) downloaded")


main()
