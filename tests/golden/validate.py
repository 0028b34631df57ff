#!/usr/bin/env python3
"""Validate JSON reports against doc/report.schema.json.

validate.py [FILE...]      '-' or no argument reads standard input

Exit status: 0 all valid, 1 one is not, 77 skipped (python3-jsonschema is not installed).
"""
import json
import pathlib
import sys

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "doc" / "report.schema.json"


def no_duplicates(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("duplicate member names")
    return dict(pairs)


def no_constant(word):
    raise ValueError(f"{word} is not JSON")


def troubles(validator, data):
    try:
        text = data.decode("utf-8")
        document = json.loads(text, object_pairs_hook=no_duplicates, parse_constant=no_constant)
    except (ValueError, RecursionError) as trouble:
        yield f"not strict JSON: {trouble}"
        return
    for error in sorted(validator.iter_errors(document), key=lambda e: e.json_path):
        yield f"{error.json_path}: {error.message[:300]}"


def main(names):
    try:
        from jsonschema import Draft202012Validator
    except ImportError:
        print("validate.py: skipped, python3-jsonschema is not installed", file=sys.stderr)
        return 77
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    status = 0
    for name in names or ["-"]:
        data = sys.stdin.buffer.read() if name == "-" else pathlib.Path(name).read_bytes()
        for trouble in troubles(validator, data):
            print(f"{name}: {trouble!a}", file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
