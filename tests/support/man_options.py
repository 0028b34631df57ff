#!/usr/bin/env python3
"""The man page and the option table name the same options."""
import re
import sys

man, table = (open(path, encoding="utf-8").read() for path in sys.argv[1:3])
in_table = set(re.findall(r'\{(?:\'.\'|0),\s*"([a-z-]+)"', table))
in_man = set(re.findall(r"^\.It .*?Fl -([a-z-]+)", man, re.M))
for name in sorted(in_table - in_man):
    print(f"{sys.argv[1]}: --{name} is missing")
for name in sorted(in_man - in_table):
    print(f"{sys.argv[1]}: --{name} is no option")
if not in_table:
    print("no options found in", sys.argv[2])
sys.exit(in_table != in_man or not in_table)
