#!/usr/bin/env python3
"""-f markdown through cmark-gfm, GitHub's renderer: the page has the structure
that was meant, and every text on it is the text that it was.

test_markdown.py --fgdiag PATH [unittest arguments]
"""
import argparse
import collections
import glob
import html.parser
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import unittest

ARGS = argparse.Namespace(fgdiag=None)
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = os.path.join(ROOT, "tests", "golden")
EXTENSIONS = ("table", "autolink", "strikethrough", "tasklist", "footnotes")
RENDER = ["cmark-gfm", "--unsafe", *(word for name in EXTENSIONS for word in ("-e", name))]
MEANT = {"h2", "p", "table", "thead", "tbody", "tr", "th", "td", "strong", "ul", "li", "details", "summary", "pre",
         "code"}
DRAWN = 150
# What GitHub, GitLab and the like make links, mentions and pictures of; in code they do not.
ACTIVE = re.compile(r"@\w|(?<!\w)[#!~$&%]\w|://|www\.|:[a-z0-9_+-]*[a-z_+][a-z0-9_+-]*:|:\d{3,}:", re.IGNORECASE)
HOSTILE = [
    "[text](http://evil.example)", "![i](http://evil.example/x.png)", "<script>alert(1)</script>", "<!-- x", "x -->",
    "<img src=x onerror=alert(1)>", "</details>", "</td></table>", "http://evil.example/", "www.evil.example",
    "a@evil.example", "@everyone", "#123", "o/r#1", "GH-5", "!7", ":x: :boom:", "| a | b |", "a|b\\|c", "```", "`x`",
    "`` ` ``", "\\`x`", "*a* **b** _c_ __d__ ~e~ ~~f~~", "# heading", "- item", "1. item", "> quote", "---", "***",
    "&lt;b&gt; &#60; &copy;", "[^1]", "[^1]: note", "[a]: http://x", "[ ] task", "$x^2$", "$$y$$", "<http://x.example>",
    "mailto:a@b.example", "xmpp:a@b.example/x", "ftp://x.example", "\\", "\\\\|", "end\\", "a  b", "`a@b`|`c@d`",
    "<a href='javascript:alert(1)'>x</a>", "{{7*7}} {% x %} {code} {html}", "=====", "+ x", "%s%n", "`@x", "@x`y|z@",
    "javascript:alert(1)", "2001:db8:ab::1", "00:0f:ab:cd:ef:01", "`" * 40, "a" * 2000 + "@b.example",
]


class Page(html.parser.HTMLParser):
    """Tags counted, and the text of each cell, item, paragraph, heading and block."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.texts, self.others, self.open = collections.Counter(), [], [], []
        self.code, self.outside = 0, ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags[tag] += 1
        self.code += tag == "code"
        if any(name != "align" for name, _ in attributes):
            self.others.append((tag, attributes))
        if tag in ("td", "th", "li", "p", "h2", "pre", "summary"):
            self.open.append((tag, []))

    def handle_endtag(self, tag):
        self.code -= tag == "code"
        if self.open and self.open[-1][0] == tag:
            tag, parts = self.open.pop()
            self.texts.append((tag, "".join(parts)))

    def handle_data(self, data):
        self.outside += "" if self.code else data
        if self.open:
            self.open[-1][1].append(data)
        elif data.strip():
            self.others.append(data)

    def handle_comment(self, data):
        self.others.append(data)

    def of(self, tag):
        return [re.sub(r"\s+", " ", text).strip() for name, text in self.texts if name == tag]


def words(text):
    return re.sub(r"\s+", " ", text).strip()


def bare(text):
    """A backslash may be doubled where it would be read as an escape of a control character."""
    return re.sub(r"[\s\\]+", "", text)


class Markdown(unittest.TestCase):
    def judge(self, form, path):
        done = subprocess.run([ARGS.fgdiag, "judge", "-f", form, path], capture_output=True, timeout=60, check=False)
        self.assertEqual(done.stderr, b"", path)
        return done.stdout.decode()

    def page(self, path):
        text = self.judge("markdown", path)
        self.assertTrue(text.endswith("\n") and not text.endswith("\n\n"))
        done = subprocess.run(RENDER, input=text.encode(), capture_output=True, check=True)
        page = Page(done.stdout.decode())
        self.assertEqual(page.others, [], path)
        self.assertLessEqual(set(page.tags), MEANT, path)
        self.assertIsNone(ACTIVE.search(page.outside), path)
        return text, page

    def cast(self, folder, text):
        """A recorded run in which a device, an entry and a host name say the text."""
        path = os.path.join(folder, "hostile.cast")
        with open(os.path.join(GOLDEN, "late-dns.cast"), encoding="utf-8") as file:
            head, *events = file.read().splitlines()
        header = json.loads(head)
        header["fgdiag"]["device"] = text
        quoted = re.sub(r'["\\]', "", text) or "x"
        header["fgdiag"]["entry_text"] = re.sub(r'service="[^"]*"', lambda _: f'service="{quoted}"',
                                                header["fgdiag"]["entry_text"])
        with open(path, "w", encoding="utf-8") as out:
            out.write(json.dumps(header) + "\n")
            for line in events:
                event = json.loads(line)
                event[2] = re.sub(r"Hostname: \S+", lambda _: "Hostname: " + text, event[2])
                event[2] = event[2].replace("internal in", f"{quoted[:9]} in") if event[1] == "o" else event[2]
                out.write(json.dumps(event) + "\n")
        return path

    def test_golden_runs(self):
        for path in sorted(glob.glob(os.path.join(GOLDEN, "*.cast")) + glob.glob(os.path.join(GOLDEN, "*.paste"))):
            with self.subTest(path=os.path.basename(path)):
                text, page = self.page(path)
                report = json.loads(self.judge("json", path))
                checks = report["checks"] if page.tags["table"] > 1 else []
                findings = page.of("td")[-3 * len(checks):][2::3] if checks else []
                for check, finding in zip(checks, findings, strict=True):
                    self.assertIn(finding, (words(check["summary"]), words(check["summary"]) + f" ({check['certainty']})"))
                if checks:
                    self.assertIn(words(report["verdict"]["summary"]), page.of("p"))
                    self.assertEqual(page.tags["details"], any(check["evidence"] for check in checks))
                shown = "\n".join(text for tag, text in page.texts if tag == "pre")
                for check in checks:
                    for evidence in check["evidence"][:8]:
                        self.assertIn(evidence["text"][:150].rstrip(), shown)
                self.assertLess(text.count("\n"), 120, path)

    def test_hostile_text_stays_text(self):
        dice = random.Random(6)
        drawn = ["".join(dice.choice("\\`*_{}[]()#+-.!|<>&~:@$%^=\"'/ ab1") for _ in range(dice.randrange(1, 40)))
                 for _ in range(DRAWN)]
        with tempfile.TemporaryDirectory() as folder:
            _, plain = self.page(self.cast(folder, "FGT"))
            for text in HOSTILE + drawn:
                with self.subTest(text=text):
                    _, page = self.page(self.cast(folder, text))
                    for tag in MEANT - {"code"}:
                        self.assertEqual(page.tags[tag], plain.tags[tag], tag)
                    device = page.of("td")[1]
                    self.assertIn(bare(f", at {text}, FortiGate"), bare(device))

    def test_a_failure(self):
        done = subprocess.run([ARGS.fgdiag, "diagnose", "-f", "markdown", "<b>|`x`@all"], capture_output=True,
                              check=False)
        self.assertEqual(done.returncode, 3)
        page = Page(subprocess.run(RENDER, input=done.stdout, capture_output=True, check=True).stdout.decode())
        self.assertEqual(page.others, [])
        self.assertEqual(page.tags["h2"], 1)
        self.assertLessEqual(set(page.tags), MEANT)
        self.assertIn("'<b>|`x`@all'", page.of("p")[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fgdiag", required=True)
    _, rest = parser.parse_known_args(namespace=ARGS)
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
