"""splink, set up as its guide suggests, on normal forms it would otherwise have to be given by its user."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bench.matching.lists import Lists, Pair, pair, parties
from bench.matching.ours import Answers
from buddy.hub.matching import Party

CERTAIN = 0.99  # the probability its users commonly link from
SHOWN = 0.05
PAIRS_TO_LEARN_FROM = 1e6


def answers(lists: Lists) -> Answers:
    """Links from CERTAIN on by themselves, the others from SHOWN on to a person."""
    made = Answers()
    for key, probability in _predicted(lists):
        if probability >= CERTAIN:
            made.certain.add(key)
        made.show(key, probability)
    return made


def _predicted(lists: Lists) -> list[tuple[Pair, float]]:
    """Trained by itself, without labels: chances by sampling, then EM over two blockings that complement each other."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    blockings = [
        block_on("email"),
        block_on("phone"),
        block_on("name"),
        block_on("substr(name, 1, 6)", "postal_code"),
        block_on("house", "street"),
        block_on("domain", "city"),
    ]
    settings = SettingsCreator(
        link_type="link_only" if lists.right else "dedupe_only",
        unique_id_column_name="id",
        blocking_rules_to_generate_predictions=blockings,
        comparisons=[
            cl.JaroWinklerAtThresholds("name", [0.95, 0.88, 0.7]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("email").configure(term_frequency_adjustments=True),
            cl.ExactMatch("phone").configure(term_frequency_adjustments=True),
            cl.ExactMatch("domain").configure(term_frequency_adjustments=True),
            cl.ExactMatch("house"),
            cl.JaroWinklerAtThresholds("street", [0.9]),
            cl.ExactMatch("postal_code").configure(term_frequency_adjustments=True),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        ],
    )
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        api = DuckDBAPI()
        api.duckdb_con.execute("SET enable_progress_bar = false")
        tables = [api.register(_columns(side), dataset_display_name=name) for name, side in _sides(lists)]
        linker = Linker(tables, settings)
        training = linker.training
        training.estimate_probability_two_random_records_match(
            [block_on("name", "phone"), block_on("email")], recall=0.6
        )
        training.estimate_u_using_random_sampling(max_pairs=PAIRS_TO_LEARN_FROM, seed=1)
        for rule in (block_on("name"), block_on("phone"), block_on("house", "street")):
            training.estimate_parameters_using_expectation_maximisation(rule)
        rows = linker.inference.predict(threshold_match_probability=SHOWN).as_record_list()
    return [(pair(row["id_l"], row["id_r"]), row["match_probability"]) for row in rows]


def _sides(lists: Lists) -> Iterator[tuple[str, Sequence[dict[str, str]]]]:
    yield "there", lists.left
    if lists.right:
        yield "here", lists.right


def _columns(rows: Sequence[dict[str, str]]) -> Any:
    """Buddy's normal forms as a table. What is unknown is null, as splink wants it."""
    import pyarrow

    ids = [row["rid"] for row in rows]
    return pyarrow.Table.from_pylist([_row(id, each) for id, each in zip(ids, parties(rows), strict=True)])


def _row(id: str, party: Party) -> dict[str, str | None]:
    place = party.place
    return {
        "id": id,
        "name": (party.names[0].core if party.names else "") or None,
        "email": _first(party.emails),
        "phone": _first(party.phone_numbers),
        "domain": _first(party.domains),
        "house": place.house or None,
        "street": " ".join(place.street) or None,
        "postal_code": place.postal_code or None,
        "city": place.city or None,
    }


def _first(some: Iterable[str]) -> str | None:
    return next(iter(some), None)
