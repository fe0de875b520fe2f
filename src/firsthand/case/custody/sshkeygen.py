"""Signing with a person's own OpenSSH key: the program ssh-keygen does it.

So agents, passphrases and security tokens work as they do elsewhere, and a private key of a person
is never read by firsthand.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from firsthand.model.errors import BadInput, MissingDependency
from firsthand.tlog.sshsig import SshSignature


def ssh_sign(data: bytes, key: Path, namespace: str) -> SshSignature:
    """Let ssh-keygen sign bytes; ``key`` is a private key file, or the ``.pub`` of one in an agent.

    It may ask for a passphrase on the terminal, or wait for a touch of a token.

    Raises
    ------
    MissingDependency
        When ssh-keygen is not installed.
    BadInput
        When it does not sign, or makes a signature that is not accepted here.
    """
    program = shutil.which("ssh-keygen")
    if program is None:
        raise MissingDependency(
            "ssh-keygen is not installed", hint="apt-get install openssh-client (8.2 or newer)"
        )
    if not key.is_file():
        raise BadInput(
            f"there is no key {key}",
            hint="make one with `ssh-keygen -t ed25519`, or name another with --key",
        )
    shown = sys.stderr.isatty()  # what it says about a token has to reach the person
    command = [program, "-Y", "sign", "-f", str(key), "-n", namespace]
    done = subprocess.run(
        command,
        input=data,
        stdout=subprocess.PIPE,
        stderr=None if shown else subprocess.PIPE,
        # Agents and displays need their variables; passphrases of firsthand concern nobody else.
        env={k: v for k, v in os.environ.items() if not k.startswith("FIRSTHAND_")},
        check=False,
    )
    if done.returncode:
        said = (done.stderr or b"").decode("utf-8", "replace").strip()
        raise BadInput(
            "ssh-keygen did not sign",
            why=said[-300:] or f"it ended with code {done.returncode}",
            hint="a key file must be readable by you only (chmod 600); an agent must hold the key",
        )
    signature = SshSignature.parse(done.stdout)
    signature.verify(data, namespace)
    return signature
