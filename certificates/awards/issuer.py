"""Who issues: the organisation's name, the address people verify at, the letters numbers begin with. Set once at start."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Issuer:
    """What every certificate has in common. prefix: one to six capital letters. organisation is empty
    where LMS_ORGANISATION is not set; then it is the first institution of the organisation.
    """

    organisation: str
    public_url: str
    prefix: str

    def verify_url(self, number: str) -> str:
        """Where anybody can check a certificate: what its QR code holds."""
        return f"{self.public_url.rstrip('/')}/v/{number}"


_known: list[Issuer] = []


def use(issuer: Issuer) -> None:
    """Remember who issues, once, at start."""
    _known[:] = [issuer]


def issuer() -> Issuer:
    """Who issues."""
    return _known[0]
