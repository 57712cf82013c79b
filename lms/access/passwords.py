"""Password hashing with argon2id (2 passes, 19 MiB, 1 lane: OWASP's minimum, 35 ms). Never called inside a write."""

import os
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from lms import turns

COMMON = Path(__file__).parent / "common_passwords.txt"
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# More hashes at once than processors are no faster, take 19 MiB each and crowd out those who save an answer.
_at_once = BoundedSemaphore(max(1, (os.cpu_count() or 2) - 1))


def hash_password(password: str) -> str:
    """The password's argon2id hash."""
    with turns.requests.aside(), _at_once:
        return _hasher.hash(password)


@cache
def _decoy() -> str:
    return _hasher.hash("nobody has this password")


def is_right(password_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; without a hash it takes the same time and says no."""
    expected = password_hash or _decoy()
    try:
        with turns.requests.aside(), _at_once:
            return _hasher.verify(expected, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def common() -> frozenset[str]:
    """Passwords that everybody guesses first, in small letters."""
    lines = COMMON.read_text(encoding="utf-8").splitlines()
    return frozenset(line.strip().casefold() for line in lines if line.strip() and not line.startswith("#"))
