"""The program needs no shared library but those that are shared on purpose (cmake/dependencies.cmake):
a package that comes without its static half would otherwise go unseen."""

import re
import subprocess
import sys
import unittest

SHARED = {"libssl.so.3", "libcrypto.so.3", "libxxhash.so.0", "libc.so.6", "libm.so.6",
          "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1"}


class Linked(unittest.TestCase):
    program = None

    def test_only_what_is_shared_on_purpose_is_shared(self):
        dynamic = subprocess.run(["readelf", "-dW", self.program], check=True, capture_output=True,
                                 text=True).stdout
        needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
        self.assertIn("libc.so.6", needed)
        self.assertEqual(needed - SHARED, set())


if __name__ == "__main__":
    Linked.program = sys.argv.pop()
    unittest.main()
