"""The Splunk add-on by itself: files that Splunk can read, macros that fit together, a dashboard that uses
what is there. None of it needs the binary, or a Splunk."""

import re
import unittest
import xml.etree.ElementTree as ElementTree

from splunk_conf import ADDON, CALL, ROOT, expand, names_of, parse_conf, read_conf, split_arguments, unbalanced

CONFS = sorted(ADDON.rglob("*.conf")) + [ADDON / "metadata/default.meta"]
VIEWS = sorted((ADDON / "default/data/ui/views").glob("*.xml"))

# Settings that Splunk has; a misspelt one it would leave aside with a line in its log.
KNOWN = {
    "app.conf": {"is_configured", "is_visible", "label", "author", "description", "version", "id",
                 "check_for_updates"},
    "limits.conf": {"limit", "maxchars"},
    "fields.conf": {"INDEXED"},
    "macros.conf": {"args", "definition", "description"},
    "inputs.conf": {"whitelist", "recursive", "sourcetype", "index", "disabled"},
    "default.meta": {"access", "export"},
}


def constant(name):
    """A limit of formatter/event.h."""
    text = (ROOT / "formatter/event.h").read_text(encoding="utf-8")
    product = re.search(rf"constexpr std::\w+ {name} = ([\d *]+);", text).group(1)
    value = 1
    for factor in product.split("*"):
        value *= int(factor)
    return value


def queries():
    for view in VIEWS:
        for query in ElementTree.parse(view).iter("query"):
            yield query.text


class ConfFiles(unittest.TestCase):
    def test_all_are_stanzas_of_settings(self):
        self.assertGreater(len(CONFS), 6)
        for path in CONFS:
            with self.subTest(path.name):
                self.assertTrue(parse_conf(path.read_text(encoding="utf-8")))

    def test_the_reader_takes_no_setting_twice_and_none_without_a_stanza(self):
        for text in ("[a]\nx = 1\nx = 2\n", "[a]\n[a]\n", "x = 1\n", "[a]\nnonsense\n", "[a\nx = 1\n"):
            with self.assertRaises(ValueError):
                parse_conf(text)
        self.assertEqual(parse_conf("[a]\nx = 1 \\\n 2\n# y = 3\n"), {"a": {"x": "1 \n2"}})

    def test_no_value_has_what_was_meant_as_a_comment(self):
        for path in CONFS:
            for stanza, settings in parse_conf(path.read_text(encoding="utf-8")).items():
                for key, value in settings.items():
                    self.assertNotRegex(value, r"\s#", f"{path.name} [{stanza}] {key}")

    def test_every_setting_is_one_that_splunk_has(self):
        for path in CONFS:
            for stanza, settings in parse_conf(path.read_text(encoding="utf-8")).items():
                if path.name in KNOWN:
                    self.assertLessEqual(set(settings), KNOWN[path.name], f"{path.name} [{stanza}]")

    def test_the_version_is_that_of_the_project(self):
        project = re.search(r"project\(eventfwd VERSION ([\d.]+)",
                            (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"))
        self.assertEqual(read_conf("default/app.conf")["launcher"]["version"], project.group(1))

    def test_the_limits_take_the_largest_event(self):
        kv = read_conf("default/limits.conf")["kv"]
        own_fields = 4  # application, event, distinct_id, increment
        self.assertGreaterEqual(int(kv["limit"]), constant("kPropertiesMax") + own_fields)
        self.assertLess(int(kv["limit"]), 512)  # maxcols, as it is unless it is set
        self.assertGreaterEqual(int(kv["maxchars"]), constant("kLineBytesMax"))
        truncate = int(read_conf("default/props.conf")["eventfwd"]["TRUNCATE"])
        self.assertGreaterEqual(truncate, constant("kLineBytesMax"))

    def test_what_hec_adds_is_an_indexed_field(self):
        fields = read_conf("default/fields.conf")
        self.assertEqual(fields, {"eventfwd_id": {"INDEXED": "true"},
                                  "sourcetype::eventfwd::replayed": {"INDEXED": "true"}})

    def test_the_example_of_a_forwarder_is_that_of_the_add_on(self):
        self.assertEqual((ADDON / "examples/inputs.conf").read_bytes(),
                         (ROOT / "conf/examples/splunk-forwarder/inputs.conf").read_bytes())


class Macros(unittest.TestCase):
    def setUp(self):
        self.macros = read_conf("default/macros.conf")

    def call_of(self, stanza):
        arguments = ", ".join(f'"{name} of mine"' for name in names_of(self.macros[stanza]))
        return f"`{stanza.partition('(')[0]}({arguments})`" if arguments else f"`{stanza}`"

    def test_the_name_tells_the_number_of_arguments(self):
        for stanza, settings in self.macros.items():
            name = re.fullmatch(r"(\w+)(?:\((\d+)\))?", stanza)
            self.assertIsNotNone(name, stanza)
            arguments = names_of(settings)
            self.assertEqual(len(arguments), int(name.group(2) or 0), stanza)
            self.assertEqual(len(set(arguments)), len(arguments), stanza)

    def test_every_argument_is_used_and_no_other(self):
        for stanza, settings in self.macros.items():
            used = set(re.findall(r"\$(.*?)\$", settings["definition"]))
            self.assertEqual(used, set(names_of(settings)), stanza)

    def test_quotes_and_brackets_are_balanced(self):
        self.assertEqual(unbalanced('eval a=f("(", x) | `m("b")`'), [])
        self.assertEqual(unbalanced('stats count(x by "y"'), ["("])
        self.assertEqual(unbalanced('where a="b'), ['"'])
        for stanza, settings in self.macros.items():
            self.assertEqual(unbalanced(settings["definition"]), [], stanza)

    def test_none_begins_or_ends_with_a_pipe(self):
        for stanza, settings in self.macros.items():
            for command in settings["definition"].split("|"):
                self.assertTrue(command.strip(), stanza)

    def test_each_expands_to_the_end_with_its_arguments_in_it(self):
        for stanza, settings in self.macros.items():
            search = expand(self.call_of(stanza), self.macros)
            self.assertNotRegex(search, r"[`$]", stanza)
            self.assertEqual(unbalanced(search), [], stanza)
            for name in names_of(settings):
                self.assertIn(f"{name} of mine", search, stanza)

    def test_arguments_may_have_commas_and_quotes_in_quotes(self):
        self.assertEqual(split_arguments(r'"a, b", c, "say \"x\""'), ["a, b", "c", 'say "x"'])
        self.assertEqual(split_arguments('"*"'), ["*"])

    def test_all_searches_are_in_the_index_and_source_type(self):
        stages = {"eventfwd_index", "eventfwd_dedup", "eventfwd_occurrences", "eventfwd_weeks"}
        for stanza in set(self.macros) - stages:
            search = expand(self.call_of(stanza), self.macros)
            self.assertTrue(search.startswith("index=main sourcetype=eventfwd"), stanza)

    def test_dropping_duplicates_keeps_events_without_an_id(self):
        self.assertEqual(self.macros["eventfwd_dedup"]["definition"], "dedup eventfwd_id keepempty=true")

    def test_whatever_counts_events_drops_duplicates_first(self):
        for stanza in self.macros:
            search = expand(self.call_of(stanza), self.macros)
            counts = re.search(r"\b(count by|count\b.*by|sum\(occurrences\)|head) ?", search)
            if search.startswith("index=") and counts and stanza != "eventfwd_repeated":
                self.assertLess(search.index("dedup eventfwd_id"), counts.start(), stanza)


class Views(unittest.TestCase):
    def setUp(self):
        self.macros = read_conf("default/macros.conf")

    def test_every_macro_of_a_query_is_there(self):
        found = list(queries())
        self.assertGreater(len(found), 5)
        for query in found:
            self.assertTrue(CALL.search(query), query)
            self.assertNotIn("`", expand(query, self.macros))

    def test_every_token_of_a_query_is_an_input(self):
        for view in VIEWS:
            form = ElementTree.parse(view).getroot()
            inputs = {element.get("token") for element in form.iter("input")}
            for element in form.iter():
                for token in re.findall(r"\$([\w.]+)\$", element.text or ""):
                    if not token.startswith("row."):
                        self.assertIn(token.partition(".")[0], inputs, element.text)

    def test_every_query_is_of_the_range_that_was_chosen(self):
        for view in VIEWS:
            for search in ElementTree.parse(view).getroot().iter("search"):
                self.assertEqual((search.findtext("earliest"), search.findtext("latest")),
                                 ("$range.earliest$", "$range.latest$"))

    def test_the_navigation_leads_to_views_that_are_there(self):
        nav = ElementTree.parse(ADDON / "default/data/ui/nav/default.xml")
        names = {view.get("name") for view in nav.iter("view")}
        self.assertEqual(names, {view.stem for view in VIEWS} | {"search"})

    def test_every_macro_of_the_readme_is_there(self):
        calls = re.findall(r"`eventfwd_\w+(?:\([^`]*\))?`", (ADDON / "README.md").read_text(encoding="utf-8"))
        self.assertGreater(len(calls), 10)
        names = {stanza.partition("(")[0] for stanza in self.macros} | {"eventfwd_id"}
        for call in calls:
            if "(" in call:
                expand(call, self.macros)
            else:
                self.assertIn(call.strip("`"), names)


if __name__ == "__main__":
    unittest.main()
