#!/usr/bin/env python3
"""doc/fgdiag-report.5 from doc/report.schema.json, so that the page has every
member of the report and none besides.

report_manual.py SCHEMA > PAGE
"""
import json
import re
import sys
import textwrap

HEAD = r""".\" Made from doc/report.schema.json by `make manuals`; change that, or
.\" tests/support/report_manual.py.
.Dd November 24, 2026
.Dt FGDIAG-REPORT 5
.Os
.Sh NAME
.Nm fgdiag-report
.Nd the JSON report of fgdiag
.Sh DESCRIPTION
.Ql fgdiag diagnose -f json
and
.Ql fgdiag judge -f json
write one JSON object (RFC 8259, UTF-8) and a newline, whatever the outcome.
The same transcript gives the same bytes.
.Pp
Times are UTC as RFC 3339 has them, durations have their unit in their name,
and a fact names the unit of its value.
Text that the log or the device said is repaired to valid UTF-8 and otherwise
left as it was: encode it for where it goes.
.Pp
A program should read
.Cm verdict.status
or the exit status first.
.Cm verdict
is null where the run failed before there was one, and
.Cm error.kind
says why.
What was not measured is never left out: a fact has
.Cm absent
with the reason in place of
.Cm value ,
and a check that rests on it is
.Cm unknown .
.Ss What stays
.Bl -bullet
.It
Within
.Ql fgdiag/report/1
members are only added.
None is removed or renamed, and none changes its type, unit or meaning.
.It
A list of words may grow: a reader should take a word it does not know as
.Cm unknown .
.It
Sentences
.Pq Cm summary , notes , advice , reason , absent , message
are for people and change from version to version.
So do the ids of rules, and the steps of the playbooks that come with
.Nm fgdiag .
.It
What could not be kept would be
.Ql fgdiag/report/2 .
.El
.Pp
.Pa report.schema.json
has all of this as JSON Schema 2020-12, closed to what its own version writes.
"""

FOOT = r""".Sh EXAMPLES
The verdict in a line, for a ticket:
.Pp
.Dl $ fgdiag judge -f json ticket.cast | jq -r '.verdict.summary'
.Pp
Why there was none:
.Pp
.Dl $ fgdiag judge -f json ticket.cast | jq -r '.error.kind // empty'
.Pp
A fact, or why it is not there:
.Pp
.Dl $ fgdiag judge -f json ticket.cast | jq '.facts["ping.gate.loss"]'
.Sh SEE ALSO
.Xr fgdiag 1 ,
.Xr jq 1 ,
.Xr fgdiag-playbook 5
"""

TYPES = {"fact_integer": "whole number", "fact_number": "number", "fact_text": "text", "fact_flag": "true or false"}
TOPICS = (("verdict", "The verdict"), ("check", "A check"), ("conversation", "A conversation"),
          ("evidence", "A line of evidence"), ("step", "A step"), ("error", "The error"))


def escape(text):
    """For a line of text in mdoc, where no request begins."""
    text = text.replace("\\", "\\e")
    return "\\&" + text if text[:1] in (".", "'") else text


def paragraph(text):
    """Each sentence on a line of its own, as mdoc wants it."""
    text += "" if text.endswith(".") else "."
    for sentence in re.split(r"(?<=\.) (?=[A-Z])", text):
        for line in textwrap.wrap(sentence, 78, break_on_hyphens=False, break_long_words=False):
            print(escape(line))


class Page:
    def __init__(self, schema):
        self.schema = schema

    def resolve(self, node):
        """The node with what it refers to."""
        if "$ref" in node:
            name = node["$ref"].removeprefix("#/$defs/")
            return {**self.schema["$defs"][name], **{key: node[key] for key in node if key != "$ref"}}
        return node

    def type_of(self, node):
        node = self.resolve(node)
        if "oneOf" in node:
            return " or ".join(self.type_of(choice) for choice in reversed(node["oneOf"]))
        if "const" in node:
            return f'"{node["const"]}"'
        if "enum" in node:
            return "one of " + ", ".join(node["enum"])
        names = {"string": "text", "integer": "whole number", "boolean": "true or false", "array": "list"}
        types = node.get("type", "object")
        types = [types] if isinstance(types, str) else types
        return " or ".join(names.get(name, name) for name in types)

    def row(self, name, node):
        node = self.resolve(node)
        print(f".It Cm {name} Pq {self.type_of(node)}")
        if "description" in node:
            paragraph(node["description"])

    def rows(self, properties):
        print(".Bl -tag -width Ds")
        for name, node in properties.items():
            self.row(name, node)
            inner = self.resolve(node).get("properties", {})
            if inner and name != "facts":
                self.rows(inner)
        print(".El")

    def facts(self):
        print(".Ss Facts")
        paragraph(self.schema["$defs"]["fact_integer"]["description"] + " is told by an object: with value, unit where "
                  "it has one, step and line where it was read, or with absent alone")
        print(".Bl -tag -width Ds")
        for name, node in self.schema["properties"]["facts"]["properties"].items():
            print(f".It Cm {name} Pq {TYPES[node['$ref'].removeprefix('#/$defs/')]}")
            paragraph(node["description"])
        print(".El")

    def write(self):
        print(HEAD, end="")
        print(".Ss Members of the report")
        self.rows(self.schema["properties"])
        for name, title in TOPICS:
            print(f".Ss {title}")
            self.rows(self.schema["$defs"][name]["properties"])
        self.facts()
        print(FOOT, end="")


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        Page(json.load(file)).write()
