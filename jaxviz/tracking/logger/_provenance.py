"""The provenance of a run: versions, device, user, script and git state, as tags."""

import contextlib
import getpass
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import jax

_PACKAGES = ("jaxviz-rl", "jax", "jaxlib", "equinox", "flax", "optax", "gymnax", "mlflow")
_GIT_SECONDS = 0.3
"""`git status` of a huge repository must not delay the start of a training."""


def tags() -> dict[str, str]:
    """Tags of a run: MLflow's own names if it has one, `jaxviz.*` for the rest."""
    devices = jax.local_devices()
    return {
        "mlflow.user": _user(),
        "mlflow.source.type": "LOCAL",
        "mlflow.source.name": sys.argv[0] if sys.argv and sys.argv[0] else "interactive",
        "jaxviz.backend": jax.default_backend(),
        "jaxviz.devices": f"{len(devices)} x {devices[0].device_kind}",
        "jaxviz.platform": platform.platform(),
        "jaxviz.python": platform.python_version(),
        **_versions(),
        **git(Path()),
    }


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user id without a name, as in containers
        return "unknown"


def _versions() -> dict[str, str]:
    versions = {}
    for package in _PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            versions[f"jaxviz.version.{package}"] = metadata.version(package)
    return versions


def git(folder: Path) -> dict[str, str]:
    """Commit, branch and whether files differ from it; left out if git does not answer in time."""
    commit, branch = _git(folder, "rev-parse", "HEAD"), _git(folder, "rev-parse", "--abbrev-ref", "HEAD")
    if not commit or not branch:
        return {}
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    found = {"mlflow.source.git.commit": commit, "mlflow.source.git.branch": branch}
    return found if changed is None else {**found, "jaxviz.git.changed_files": str(len(changed.splitlines()))}


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=_GIT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
