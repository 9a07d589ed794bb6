"""One proposal: submitted again, held against the like, and ended."""

from __future__ import annotations

from attending.loops.system.intake import words_of

PAGE = "/intake/report_drafting"
SPONSOR = "chief-medical-officer"


def test_a_whole_proposal_fits_on_the_form_and_comes_back_as_it_was(desk):
    desk.propose()
    form = desk.form()

    assert len(form) <= 100
    answer = desk.post(PAGE, **form)
    assert (answer.status_code, desk.last.n) == (303, 1), "nothing was changed"
    form |= {"risk.change": "3", "six.rules": "One.\r\nTwo.", "boxes.sustain.from": "2027-07-01",
             "boxes.sustain.to": "2027-12-31"}  # fmt: skip
    answer = desk.post(PAGE, **form)
    assert answer.status_code == 303, desk.plain(answer.text)
    said = desk.words(PAGE)
    assert "What may go wrong: Change asked of people 1 3" in said
    assert "Which rules hold if it spreads? the reporting policy One. Two." in said
    assert "Sustain: last day nothing 2027-12-31" in said
    assert said.count("nothing 2027") == 2
    assert desk.last.person == "chair-post"


def test_stale_is_refused_by_http_with_what_changed_and_both_edits_kept(desk):
    desk.propose()
    mine = desk.form() | {"six.rules": "Mine.", "problem": "Mine too."}
    desk.propose(risk__change=3, six__rules="Theirs.", prior_digest=desk.last.digest)
    answer = desk.post(PAGE, **mine)

    assert answer.status_code == 409
    said = desk.plain(answer.text)
    assert "Change asked of people 1 3" in said
    assert "Which rules hold if it spreads? the reporting policy Theirs." in said
    assert "Both of you changed Which rules hold if it spreads?" in said
    assert desk.last.n == 2
    again = desk.form_of(answer.text)
    assert (again["risk.change"], again["six.rules"]) == ("3", "Mine.")
    assert desk.post(PAGE, **again).status_code == 303
    assert desk.last.plain["risk"]["change"] == 3
    assert words_of(desk.parts.intake.opened, desk.last).texts["problem"] == "Mine too."


def test_a_pilot_ends_on_its_page_and_its_lesson_meets_the_next_like_it(desk):
    past = [{"phase": "design", "from": "2020-01-01", "to": "2020-01-31"},
            {"phase": "run", "from": "2020-02-01", "to": "2020-02-28"}]  # fmt: skip
    desk.propose(boxes=past)
    assert "have run over" in desk.words()
    sent = {"what": "end", "choice": "stop", "barrier.cost": "yes", "lesson": "Too slow <b>."}
    answer = desk.post(PAGE, **sent)
    assert answer.status_code == 409
    assert "chair-post may not end it" in desk.plain(answer.text)
    assert "Too slow <b>." in desk.form_of(answer.text, "end")["lesson"]
    desk.at(SPONSOR)
    assert desk.post(PAGE, SPONSOR, **sent).status_code == 303
    said = desk.words()
    assert "have run over" not in said
    assert "Every proposal has ended." in said
    assert "Its pilot ended on" in desk.words(PAGE)
    desk.propose(proposal="again", tool="again", use_case=None, vendor="Sunline")
    said = desk.words("/intake/again")
    assert "stop; in the way: cost" in said
    assert "Too slow <b>." in said


def test_the_page_is_whole_as_it_stands_and_where_a_form_is_refused(desk, check_whole):
    desk.propose()
    check_whole(desk.live.page(path=PAGE))
    answer = desk.post(PAGE, what="end", choice="stop", lesson="Too slow <b>.")
    assert answer.status_code == 400
    check_whole(answer.text)
