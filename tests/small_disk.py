"""A small disk that a test may fill and lock."""

import subprocess
from contextlib import suppress
from pathlib import Path


class Disk:
    """A folder on a small disk of its own, where the system allows that."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self._aside = folder.with_name("aside")
        command = ("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder))
        self._is_mounted = not subprocess.run(command, check=False, capture_output=True).returncode

    def fill(self) -> None:
        """Leave no room; where there is no disk, leave no folder either."""
        if not self._is_mounted:
            self._refuse()
            return
        with suppress(OSError), (self.folder / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4096))

    def empty(self) -> None:
        """Have room again."""
        if self._is_mounted:
            (self.folder / "filler").unlink()
        else:
            self._accept()

    def lock(self) -> None:
        """Let nobody write."""
        if self._is_mounted:
            self._mount("ro")
        else:
            self._refuse()

    def unlock(self) -> None:
        """Let everybody write again."""
        if self._is_mounted:
            self._mount("rw")
        else:
            self._accept()

    def close(self) -> None:
        """Give the disk back."""
        if self._is_mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=True)

    def _mount(self, how: str) -> None:
        subprocess.run(["mount", "-o", f"remount,{how}", str(self.folder)], check=True)

    def _refuse(self) -> None:
        self.folder.rename(self._aside)
        self.folder.touch()

    def _accept(self) -> None:
        self.folder.unlink()
        self._aside.rename(self.folder)
