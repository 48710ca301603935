"""Tables as programs and people write them; the cases, and a script that prints them, are in table_variants.py."""

from __future__ import annotations

import good_tables  # noqa: F401
import pytest
import table_kinds  # noqa: F401
from table_variants import VARIANTS, outcome


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_a_table_is_read_rightly_or_refused_in_a_sentence(tmp_path, variant):
    found, said = outcome(variant, tmp_path)
    assert found in ("right", "refused"), f"{found}: {said}"


def test_there_are_enough_of_them():
    assert len(VARIANTS) == len({variant.name for variant in VARIANTS}) >= 420
