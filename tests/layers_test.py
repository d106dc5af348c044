"""Includes point downwards only, siblings do not know each other, and each third-party header has
one home: the rules of ARCHITECTURE.md, checked on the source itself."""

import pathlib
import re
import unittest

ROOT = pathlib.Path(__file__).parent.parent

# What each folder may include beside itself.
KNOWS = {
    "core": [],
    "formatter": ["core"],
    "journal": ["core"],
    "sinks": ["core", "formatter"],
    "sinks/file": ["core", "formatter", "sinks"],
    "sinks/hec": ["core", "formatter", "sinks"],
    "sinks/syslog": ["core", "formatter", "sinks"],
    "daemon/listen": ["core"],
    "daemon/dead_letters": ["core", "formatter"],
    "daemon/intake": ["core", "formatter", "journal", "daemon/listen", "daemon/dead_letters"],
    "daemon/deliver": ["core", "formatter", "journal", "sinks", "daemon/dead_letters"],
    "daemon/config": ["core", "formatter", "journal", "sinks", "sinks/file", "sinks/hec",
                      "sinks/syslog", "daemon/listen",
                      "daemon/dead_letters", "daemon/intake", "daemon/deliver"],
    "daemon/ops": ["core", "journal", "daemon/listen", "daemon/dead_letters", "daemon/intake",
                   "daemon/deliver"],
}

HOMES = {
    "yaml-cpp/": {"daemon/config/yaml_reader.cpp"},
    "CLI/": {"daemon/cli/command_line.cpp"},
    "xxhash.h": {"journal/format.cpp", "journal/format.h", "core/record_file.cpp",
                 "sinks/file/path_template.cpp"},
    "libdeflate.h": {"sinks/gzip.cpp"},
    "zstd.h": {"sinks/file/compression.cpp"},
    "openssl/": {"sinks/tls.cpp", "sinks/syslog/tls_channel.cpp"},
}


def sources():
    for folder in ("core", "formatter", "journal", "sinks", "daemon"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".h", ".cpp"):
                yield path.relative_to(ROOT)


def includes(path):
    return re.findall(r'^#include ["<]([^">]+)[">]', (ROOT / path).read_text(), re.MULTILINE)


def folder_of(include):
    parts = include.split("/")
    return "/".join(parts[:2]) if parts[0] in ("daemon", "sinks") and len(parts) > 2 else parts[0]


class Layers(unittest.TestCase):
    def test_includes_point_downwards(self):
        for path in sources():
            folder = path.parent.as_posix()
            if folder not in KNOWS:
                continue
            for include in includes(path):
                other = folder_of(include)
                if other == folder or other not in KNOWS and other not in ("daemon/cli", "daemon/app"):
                    continue
                self.assertIn(other, KNOWS[folder], f"{path} includes {include}")

    def test_each_third_party_header_has_its_home(self):
        for path in sources():
            for include in includes(path):
                for header, homes in HOMES.items():
                    if include.startswith(header):
                        self.assertIn(path.as_posix(), homes, f"{path} includes {include}")


if __name__ == "__main__":
    unittest.main()
