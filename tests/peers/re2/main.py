"""Matches values as Envoy does: with RE2, against the whole value.

Reads one JSON array on stdin: [{"regex": "...", "values": ["...", ...]}, ...]. Prints, for each, one line with a `1`
for every value that matches and a `0` for every other. A regex that RE2 does not compile is an error.
"""

import json
import sys

import re2


def main():
    for question in json.load(sys.stdin):
        regex = re2.compile(question["regex"])
        print("".join("1" if regex.fullmatch(value) else "0" for value in question["values"]))


if __name__ == "__main__":
    main()
