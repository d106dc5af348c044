"""The equations of the status, once: what must hold in every snapshot, and between two of them."""


def faults(status):
    """What does not hold in STATUS, a sentence each."""
    found = []

    def equal(what, left, right):
        if left != right:
            found.append(f"{what}: {left} is not {right}")

    for name, counts in status["inputs"].items():
        equal(f"input {name}: received = accepted + refused + deduplicated", counts["received"],
              counts["accepted"] + sum(counts["refused"].values()) + counts["deduplicated"])
    journal, letters = status["journal"], status["dead_letters"]
    equal("journal: accepted + recovered + retried - lost = last - left_out",
          sum(counts["accepted"] for counts in status["inputs"].values()) + journal["recovered"]
          + letters["retried_events"] - journal["lost"], journal["last"] - journal["left_out"])
    for key in ("kept", "lost", "expired", "retried"):
        equal(f"dead letters: {key} = those of each origin", letters[key],
              sum(counts[key] for counts in letters["origins"].values()))
    for origin, counts in letters["origins"].items():
        if counts["kept"] < counts["expired"] + counts["retried"]:
            found.append(f"dead letters of {origin}: more went than were kept: {counts}")
    for name, sink in status["sinks"].items():
        equal(f"sink {name}: accepted = delivered + filtered + dead_lettered + shed + pending", sink["accepted"],
              sink["delivered"] + sink["filtered"] + sink["dead_lettered"] + sum(sink["shed"].values())
              + sink["pending"])
        if sink["accepted"] > journal["last"]:
            found.append(f"sink {name}: it accepted more than the journal has")
    return found


def counters(status):
    """Every counter, by its path: what may only grow."""
    journal, letters = status["journal"], status["dead_letters"]
    found = {("journal", key): journal[key] for key in ("first", "last", "left_out", "recovered", "lost")}
    found |= {("letters", key): letters[key] for key in ("kept", "lost", "expired", "retried", "retried_events")}
    for origin, counts in letters["origins"].items():
        for key, count in counts.items():
            found["letters", origin, key] = count
    for name, counts in status["inputs"].items():
        for key in ("packets", "received", "accepted", "not_allowed", "kernel_drops"):
            found[name, key] = counts[key]
        for reason, count in counts["refused"].items():
            found[name, "refused", reason] = count
    for name, sink in status["sinks"].items():
        for key in ("cursor", "accepted", "delivered", "filtered", "dead_lettered", "in_doubt", "replayed",
                    "letters_delivered", "retries"):
            found[name, key] = sink[key]
        for reason, count in sink["shed"].items():
            found[name, "shed", reason] = count
    return found


def steps_back(before, after):
    """The counters that are lower in AFTER than in BEFORE, an earlier status, or gone."""
    earlier, later = counters(before), counters(after)
    return [f"{' '.join(path)}: {count}, then {later.get(path)}" for path, count in earlier.items()
            if later.get(path, 0) < count]
