"""``flask run-file``: run each line of a file. Knows a gateway by its address alone."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import BinaryIO, TextIO

import click
from flask import Flask

from flaskapp.batch_client import BatchClient
from flaskapp.errors import GatewayRefused, GatewayUnreachable
from flaskapp.services import services

FAILED, CANNOT_RUN = 1, 2
"""Exit statuses; 0 when every line has its result."""

_MOST_LINES = 100
_MOST_BYTES = 500_000

_Line = tuple[int, bytes]


class _CannotRun(click.ClickException):
    """The file cannot be run to its end."""

    exit_code = CANNOT_RUN


def register(app: Flask) -> None:
    """Add the command to ``flask``."""
    app.cli.add_command(run_file)


def _address(_context: click.Context, _option: click.Parameter, url: str | None) -> str:
    if url is None:
        settings = services().settings
        return f"http://{settings.host}:{settings.port}"
    if not url.startswith(("http://", "https://")):
        raise click.BadParameter("write http://… or https://…")
    return url


@click.command("run-file", short_help="Run each line of a file of NDJSON through a task.")
@click.argument("file", type=click.File("rb"))
@click.option("--task", default="transform", show_default=True, help="The task's name.")
@click.option("--url", callback=_address, help="Where the gateway is; this machine without.")
@click.option("--token", envvar="PIIGATE_TOKEN", required=True, help="Better set PIIGATE_TOKEN.")
@click.option("--output", type=click.File("w", encoding="utf-8"), default="-", help="For results.")
@click.pass_context
def run_file(
    context: click.Context, *, file: BinaryIO, task: str, url: str, token: str, output: TextIO
) -> None:
    """Run each line of FILE through a task of a running gateway; - reads standard input.

    Writes a line of JSON for each, in the same order. Exit status: 0 every line has its result, 1
    some were refused or failed, 2 a wrong option, or a gateway that refuses or cannot be reached.
    """
    client = BatchClient(url, token=token, task=task)
    failed = 0
    with click.progressbar(length=_size(file), label=task, file=sys.stderr) as bar:
        for lines in _batches(enumerate(file, 1)):
            try:
                for (number, text), answer in zip(
                    lines, client.run([text for _, text in lines]), strict=True
                ):
                    failed += answer["status"] != "finished"
                    written = json.dumps({**answer, "line": number}, ensure_ascii=False)
                    output.write(written + "\n")
                    bar.update(len(text))
            except (GatewayRefused, GatewayUnreachable) as error:
                message = f"line {lines[0][0]} and following: {error}"
                raise _CannotRun(message) from None
    context.exit(FAILED if failed else 0)


def _size(file: BinaryIO) -> int:
    """Return the bytes of the file, or 0 where that cannot be known, as of a pipe."""
    if not file.seekable():
        return 0
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    return size


def _batches(lines: Iterable[_Line]) -> Iterator[list[_Line]]:
    """Yield the lines that are not blank in groups that one request can hold."""
    batch: list[_Line] = []
    size = 0
    for number, text in lines:
        if not text.strip():
            continue
        if batch and (len(batch) == _MOST_LINES or size + len(text) > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((number, text.rstrip(b"\r\n")))
        size += len(text)
    if batch:
        yield batch
