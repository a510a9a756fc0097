"""`python -m connectors`: what there is, whether an account answers, what is in a file.

kinds [--markdown]                    the networks
endpoints KIND                        what `parse` can read
check KIND --set name=value ...       connect, and say who we are
parse KIND ENDPOINT FILE              a recorded answer, one JSON object per message
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from connectors import (
    Capability,
    Connector,
    ConnectorError,
    FreeBudget,
    Http,
    MemoryCredentials,
    MemoryNotes,
    as_json,
    get,
    kinds,
)
from connectors.connector import Parser
from connectors.redaction import redact


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, 1 when the network or the file says no, 2 for a wrong use."""
    options = _parser().parse_args(arguments)
    try:
        code: int = options.run(options)
    except BrokenPipeError:
        return 0  # `| head` has seen enough
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m connectors")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("kinds", help="the networks there are")
    command.add_argument("--markdown", action="store_true", help="as a table")
    command.set_defaults(run=_kinds)

    command = commands.add_parser("endpoints", help="what `parse` can read")
    command.add_argument("kind", choices=kinds())
    command.set_defaults(run=_endpoints)

    command = commands.add_parser("check", help="connect, and say who we are")
    command.add_argument("kind", choices=kinds())
    command.add_argument("--set", action="append", default=[], metavar="NAME=VALUE")
    command.add_argument(
        "--private-host",
        action="append",
        default=[],
        metavar="HOST:PORT",
        help="allow this host although it is not public",
    )
    command.set_defaults(run=_check)

    command = commands.add_parser("parse", help="read a recorded answer")
    command.add_argument("kind", choices=kinds())
    command.add_argument("endpoint")
    command.add_argument("file", type=Path)
    command.set_defaults(run=_parse)
    return parser


def _kinds(options: argparse.Namespace) -> int:
    if not options.markdown:
        print("\n".join(kinds()))
        return 0
    columns = [capability.value for capability in Capability]
    print("| network | kind | " + " | ".join(columns) + " | length | streams |")
    print("|---" * (len(columns) + 4) + "|")
    for kind in kinds():
        print(_row(get(kind), columns))
    return 0


def _row(connector: type[Connector], columns: Sequence[str]) -> str:
    can = connector.capabilities.can
    marks = " | ".join("yes" if name in can else "no" for name in columns)
    rule = connector.capabilities.length
    length = f"{rule.limit} {rule.unit}" if rule.limit else "no limit"
    streams = ", ".join(f"{item.name} ({item.pace} s)" for item in connector.streams)
    label, kind = connector.label, connector.kind
    return f"| {label} | {kind} | {marks} | {length} | {streams} |"


def _endpoints(options: argparse.Namespace) -> int:
    print("\n".join(sorted(get(options.kind).endpoints)))
    return 0


def _check(options: argparse.Namespace) -> int:
    chosen = get(options.kind)
    given = dict(item.partition("=")[::2] for item in options.set)
    unknown = given.keys() - {setting.name for setting in chosen.settings}
    missing = {s.name for s in chosen.settings if s.required} - given.keys()
    if unknown or missing:
        print(
            f"unknown: {sorted(unknown)}, missing: {sorted(missing)}", file=sys.stderr
        )
        return 2
    secret = {s.name for s in chosen.settings if s.secret}
    connector = chosen(
        settings={k: v for k, v in given.items() if k not in secret},
        credentials=MemoryCredentials({k: given[k] for k in secret & given.keys()}),
        notes=MemoryNotes(),
        budget=FreeBudget(),
        http=Http(private_hosts_allowed=options.private_host),
    )
    try:
        account = connector.identify()
    except ConnectorError as error:
        print(redact(f"{error.words()} ({error})"), file=sys.stderr)
        return 1
    print(json.dumps(as_json(account), ensure_ascii=False))
    return 0


def _parse(options: argparse.Namespace) -> int:
    parser = _endpoint(get(options.kind).endpoints, options.endpoint)
    if parser is None:
        print(f"no endpoint {options.endpoint!r}", file=sys.stderr)
        return 2
    try:
        parsed = parser(options.file.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        print(f"{options.file}: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    for item in parsed.items:
        print(json.dumps(as_json(item), ensure_ascii=False))
    for left in parsed.skipped:
        print(f"skipped: {left.reason} {left.ref or ''}".rstrip(), file=sys.stderr)
    for strange in parsed.unreadable:
        print(f"unreadable: {strange.reason}", file=sys.stderr)
    return 0


def _endpoint(endpoints: Mapping[str, Parser], name: str) -> Parser | None:
    """The endpoint whose name begins this one: `notifications_mention` is one of
    `notifications`."""
    fitting = [key for key in endpoints if name == key or name.startswith(f"{key}_")]
    return endpoints[max(fitting, key=len)] if fitting else None


if __name__ == "__main__":
    sys.exit(main())
