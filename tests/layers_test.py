"""Includes point downwards only, siblings do not know each other, and each third-party header has its
homes: the rules of ARCHITECTURE.md, checked on the source itself. A folder or a header that no rule
names fails."""

import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).parent.parent

# Every folder with source, from the bottom up. A folder may know those before it, and what it does
# know its own CMakeLists.txt says (KNOWS), so that the linker holds it to the same.
LAYERS = [
    "core/text", "core", "core/compress",
    "net", "formatter", "formatter/json", "formatter/line", "formatter/packet", "journal",
    "sinks", "sinks/file", "sinks/hec", "sinks/stdout", "sinks/syslog",
    "daemon/dead_letters", "daemon/listen", "daemon/service", "daemon/upkeep",
    "daemon/intake", "daemon/deliver",
    "daemon/status", "daemon/control", "daemon/torture",
    "daemon/config", "daemon/inputs", "daemon/outputs", "daemon/preflight", "daemon/app", "daemon/cli", "daemon",
]

# Folders that never include one another, whatever their layers are.
STRANGERS = [
    {"sinks/file", "sinks/hec", "sinks/stdout", "sinks/syslog"},
    {"formatter", "formatter/json", "formatter/line", "formatter/packet"} | {"journal"},
    {"daemon/intake", "daemon/deliver"},
    {"daemon/inputs", "daemon/outputs"},
    {"daemon/dead_letters", "daemon/listen", "daemon/service", "daemon/upkeep"},
]
MAY_KNOW_ITS_OWN = "formatter"  # of those above: its folders know each other, but not the journal

# Where each third-party header may be included: files, or folders with a slash behind them.
HOMES = {
    "CLI/": ["daemon/cli/"],
    "boost/archive/iterators/": ["core/text/base64.cpp"],
    "boost/asio/": ["net/", "sinks/", "daemon/app/", "daemon/control/", "daemon/deliver/",
                    "daemon/preflight/"],
    "boost/asio/ssl/": ["net/", "sinks/hec/hec_connection.h", "sinks/syslog/"],
    "boost/beast/": ["net/http_client.h", "net/http_client.cpp"],
    "boost/json": ["sinks/hec/", "daemon/dead_letters/letter_json.cpp", "daemon/cli/", "daemon/control/",
                   "daemon/status/"],
    "boost/system/": ["net/"],
    "fmt/": ["core/", "net/", "formatter/", "journal/", "sinks/", "daemon/"],
    "libdeflate.h": ["core/compress/gzip.cpp"],
    "openssl/": ["net/tls.cpp", "sinks/syslog/tls_channel.cpp"],
    "spdlog/": ["core/log.cpp", "core/check.cpp", "daemon/app/", "daemon/inputs/", "daemon/outputs/",
                "daemon/cli/run_command.cpp"],
    "xxh_x86dispatch.h": ["journal/format.cpp"],
    "xxhash.h": ["core/record_file.cpp", "daemon/dead_letters/letter_batch.cpp", "journal/format.cpp", "sinks/file/path_template.cpp"],
    "yaml-cpp/": ["daemon/config/yaml_reader.cpp"],
    "zstd.h": ["core/compress/compression.cpp"],
}

# What the C library and Linux bring.
SYSTEM = re.compile(
    r"(sys|arpa|netinet|linux)/\w+\.h|"
    r"(dirent|emmintrin|fcntl|grp|malloc|netdb|poll|pthread|stdlib|unistd)\.h")
STANDARD = re.compile(r"[a-z_]+")  # C++'s own have no dot and no slash

NO_PRODUCT = {"tests", "build", "cmake"}


def sources():
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    paths = [pathlib.Path(each) for each in listed] or [
        path.relative_to(ROOT) for path in ROOT.rglob("*")]
    for path in sorted(paths):
        if path.suffix in (".h", ".cpp") and path.parts[0] not in NO_PRODUCT and (ROOT / path).exists():
            yield path


def includes(path, brackets):
    pattern = rf"^#include {brackets[0]}([^{brackets[1]}]+){brackets[1]}"
    return re.findall(pattern, (ROOT / path).read_text(), re.MULTILINE)


def known_by(folder):
    """The KNOWS of a folder's CMakeLists.txt; nothing for the program itself, which only links."""
    text = (ROOT / folder / "CMakeLists.txt").read_text()
    call = re.search(r"eventfwd_library\(([^)]*)\)", text)
    words = call.group(1).split() if call else []
    if "KNOWS" not in words:
        return []
    behind = words[words.index("KNOWS") + 1:]
    return behind[:behind.index("USES")] if "USES" in behind else behind


def is_home(path, homes):
    return any(path == home or home.endswith("/") and path.startswith(home) for home in homes)


class Layers(unittest.TestCase):
    def test_each_folder_is_listed(self):
        folders = {path.parent.as_posix() for path in sources()}
        self.assertEqual(folders, set(LAYERS), "LAYERS in layers_test.py is what has source files")

    def test_a_folder_knows_only_those_below_it(self):
        for at, folder in enumerate(LAYERS):
            for known in known_by(folder):
                self.assertIn(known, LAYERS[:at], f"{folder}/CMakeLists.txt: KNOWS {known}")

    def test_strangers_stay_strangers(self):
        for group in STRANGERS:
            for folder in group:
                for known in known_by(folder):
                    if known.startswith(MAY_KNOW_ITS_OWN) and folder.startswith(MAY_KNOW_ITS_OWN):
                        continue
                    self.assertNotIn(known, group, f"{folder}/CMakeLists.txt: KNOWS {known}")

    def test_what_is_included_is_known_and_what_is_known_is_included(self):
        used = {folder: set() for folder in LAYERS}
        for path in sources():
            folder = path.parent.as_posix()
            for include in includes(path, '""'):
                other = pathlib.Path(include).parent.as_posix()
                if other == folder:
                    continue
                used[folder].add(other)
                if folder != "daemon":
                    self.assertIn(other, known_by(folder), f"{path} includes {include}")
        for folder in LAYERS:
            unused = set(known_by(folder)) - used[folder]
            self.assertFalse(unused, f"{folder}/CMakeLists.txt KNOWS what nothing in it includes")

    def test_each_third_party_header_has_its_home(self):
        for path in sources():
            for include in includes(path, "<>"):
                if STANDARD.fullmatch(include) or SYSTEM.fullmatch(include):
                    continue
                homes = [HOMES[prefix] for prefix in HOMES if include.startswith(prefix)]
                self.assertTrue(homes, f"{path} includes {include}, which has no home")
                for each in homes:
                    self.assertTrue(is_home(path.as_posix(), each), f"{path} includes {include}")

    def test_architecture_names_each_folder(self):
        rows = re.findall(r"^\| ((?:`[^`]+`[ ,]*)+)\|", (ROOT / "ARCHITECTURE.md").read_text(), re.MULTILINE)
        named = {name.rstrip("/") for row in rows for name in re.findall(r"`([^`]+)`", row)}
        for folder in LAYERS:
            self.assertIn(folder, named, "ARCHITECTURE.md: the table of folders")


if __name__ == "__main__":
    unittest.main()
