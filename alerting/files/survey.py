"""Scans many files, and standard input. Knows neither formats nor outputs."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from alerting.detector import Detector
from alerting.errors import FileSkipped
from alerting.files.fingerprint import fingerprinted, subject_of
from alerting.files.located import FileFinding, Located
from alerting.files.scan import scan_binary, scan_path
from alerting.files.walk import Skipped

STANDARD_INPUT = "<stdin>"


class Survey:
    """Files that are scanned, known by their paths from ``root``.

    Every kind is looked for whatever is reported, so that of two kinds in one place the surer one
    counts, and a name that is personal data is masked in every pointer.

    ``findings`` are in order, ``subjects`` are the files that were scanned, ``skipped`` those that
    could not be; ``named`` are the paths that the user named, ``regions`` the detector's.
    """

    def __init__(
        self,
        *,
        root: Path,
        named: Iterable[Path] = (),
        skipped: Iterable[Skipped] = (),
        regions: Sequence[str] = (),
    ) -> None:
        self.findings: list[FileFinding] = []
        self.subjects: set[str] = set()
        self.skipped: list[Skipped] = [*skipped]
        self._detector = Detector(regions=regions)
        self._root = root
        self._named = frozenset(named)

    @property
    def is_incomplete(self) -> bool:
        """Whether a path that the user named could not be read at all."""
        return any(one.is_named and one.reason != "binary" for one in self.skipped)

    def add(self, path: Path) -> None:
        """Scan one more file; one that cannot be scanned is noted."""
        located = scan_path(self._detector, path)
        try:
            self._keep(located, path=str(path), subject=subject_of(path, root=self._root))
        except FileSkipped as error:
            is_named = path in self._named
            self.skipped.append(Skipped.because(error, str(path), is_named=is_named))

    def add_stream(self, stream: BinaryIO) -> None:
        """Scan standard input."""
        located = scan_binary(self._detector, stream)
        try:
            self._keep(located, path=STANDARD_INPUT, subject=STANDARD_INPUT)
        except FileSkipped as error:
            self.skipped.append(Skipped.because(error, STANDARD_INPUT, is_named=True))

    def _keep(self, located: Iterable[Located], *, path: str, subject: str) -> None:
        self.findings.extend(fingerprinted(located, path=path, subject=subject))
        self.subjects.add(subject)
