from __future__ import annotations


def test_from_off_to_silent_is_listening(making, fitting):
    assert fitting(making.kinds["listen"]) == ["listen"]


def test_a_single_place_that_would_show_something_spoils_it(making, fitting):
    both = (making.change("off", "silent"), making.change("off", "live"))
    assert fitting(making.plan(cause="spec", changes=both)) == []
    assert fitting(making.plan(changes=(making.change("suspended", "silent"),))) == []
