"""Reads YAML documents on stdin as PyYAML's safe loader does, and prints what it took them for.

One line of JSON: {"reader": "pyyaml", "documents": [...]}, or {"reader": "pyyaml", "error": "..."} with exit
code 1. PyYAML is YAML 1.1 to the letter: `yes` is true, `0777` is 511, `12:30:45` is 45045.

Where JSON has no equal, a map with one key says what a value was, as in ../yaml-readback: {"!date": "..."},
{"!float": ".nan"}, {"!binary": base64}, {"!set": [...]}, and {"!map": [[key, value], ...]} for a map in which any
key is no string.
"""

import base64
import datetime
import json
import math
import sys

import yaml


def visible(value):
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value):
            return {key: visible(item) for key, item in value.items()}
        return {"!map": sorted(([visible(key), visible(item)] for key, item in value.items()), key=str)}
    if isinstance(value, (list, tuple)):
        return [visible(item) for item in value]
    if isinstance(value, set):
        return {"!set": sorted((visible(item) for item in value), key=str)}
    if isinstance(value, (datetime.date, datetime.datetime)):
        return {"!date": value.isoformat()}
    if isinstance(value, bytes):
        return {"!binary": base64.b64encode(value).decode()}
    if isinstance(value, float) and not math.isfinite(value):
        return {"!float": ".nan" if math.isnan(value) else "-.inf" if value < 0 else ".inf"}
    return value


def main():
    # The same resolver either way; only scanning is in C, and long lists take seconds instead of minutes.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        documents = [visible(each) for each in yaml.load_all(sys.stdin.buffer, loader) if each is not None]
        result = {"reader": "pyyaml", "documents": documents}
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a date such as 2001-99-99
        result = {"reader": "pyyaml", "error": str(error)}
    print(json.dumps(result, ensure_ascii=False, separators=(",", ":")))
    sys.exit("error" in result)


if __name__ == "__main__":
    main()
