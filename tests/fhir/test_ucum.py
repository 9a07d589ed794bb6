"""Units of measure, against UCUM's own table and its own examples."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from defusedxml.ElementTree import parse
from hypothesis import given
from hypothesis import strategies as st

from attending.errors import Refused
from attending.fhir.ucum import NotUcum, _rows, converted, factor, is_ucum, unit
from attending.fhir.ucum_units import BASE, BINARY_PREFIXES, PREFIXES, UNITS

XML = "{http://unitsofmeasure.org/ucum-essence}"
TO_CODE = [line.split(" ")[0] for line in UNITS.splitlines()]


@pytest.fixture(scope="module")
def essence(data):
    return parse(data / "vocab" / "ucum" / "ucum-essence.xml").getroot()


def test_every_atom_is_defined_as_ucum_defines_it(essence):
    theirs = {}
    for each in essence.iter(f"{XML}unit"):
        value = each.find(f"{XML}value")
        scale = value.find(f"{XML}function")
        of = value if scale is None else scale
        theirs[each.get("Code")] = (
            each.get("isMetric") == "yes",
            each.get("isArbitrary") == "yes",
            Fraction(of.get("value")),
            of.get("Unit"),
            "" if scale is None else scale.get("name"),
        )
        assert (scale is not None) == (each.get("isSpecial") == "yes")
    ours = {code: tuple(row) for code, row in _rows().items() if code not in BASE}

    assert len(theirs) == 305
    assert ours == theirs


def test_bases_and_prefixes_are_those_of_ucum(essence):
    theirs = {
        each.get("Code"): Fraction(each.find(f"{XML}value").get("value"))
        for each in essence.iter(f"{XML}prefix")
    }
    ours = {name: Fraction(10) ** tens for name, tens in PREFIXES.items()}
    ours |= {name: Fraction(2) ** twos for name, twos in BINARY_PREFIXES.items()}

    assert ours == theirs
    assert set(BASE) == {each.get("Code") for each in essence.iter(f"{XML}base-unit")}


def test_every_example_of_ucum_is_read_but_the_one_that_ucum_does_not_define(data):
    lines = (data / "vocab" / "ucum" / "ucum_examples.tsv").read_text("utf-8").splitlines()[1:]
    codes = [line.split("\t")[1] for line in lines]

    assert len(codes) == 848
    assert [code for code in codes if not is_ucum(code)] == ["Torr"]


@pytest.mark.parametrize(
    "text",
    [
        "grams", "mEq.", "dose", "mEq", "mcg", "units", "UNIT", "gm", "TAB", "cc", "°C", "µg",
        "", " mg", "mg ", "mg/dl/", "m//s", "(m/s", "m/s)", "(m/s)2", "{x", "m{a}{b}", "m{a b}",
        "0", "10*100", "m" * 200, "((((((((((m))))))))))", "k10*", "mmin", "MG/DL", "mmHg",
    ],
)  # fmt: skip
def test_text_that_is_no_code_is_refused_and_never_guessed(text):
    with pytest.raises(NotUcum):
        unit(text)


@pytest.mark.parametrize(
    ("value", "from_", "to", "there"),
    [
        ("1", "g/L", "mg/dL", "100"),
        ("98.6", "[degF]", "Cel", "37"),
        ("37", "Cel", "K", "310.15"),
        ("-40", "Cel", "[degF]", "-40"),
        ("1", "[lb_av]", "g", "453.59237"),
        ("6", "[ft_i]", "cm", "182.88"),
        ("1", "[IU]/L", "m[iU]/mL", "1"),
        ("12", "10*3/uL", "10*9/L", "12"),
        ("1", "kat/L", "U/L", "60000000"),
        ("1", "{cells}/uL", "/mL", "1000"),
        ("2", "dB", "B", "0.2"),
        ("7.4", "[pH]", "[pH]", "7.4"),
        ("1", "cm[H2O]", "Pa", "98.0665"),
        ("1", "mm[Hg]", "Pa", "133.322"),
    ],
)
def test_amounts_convert_exactly(value, from_, to, there):
    assert converted(Decimal(value), from_, to) == Fraction(there)


@pytest.mark.parametrize(
    ("value", "from_", "to", "there"),
    [
        ("5.5", "mmol/L", "umol/L", "5500"),
        ("140", "mmol/L", "mol/m3", "140"),
        ("4.2", "meq/L", "ueq/mL", "4.2"),
        ("290", "mosm/kg", "osm/kg", "0.29"),
        ("13.5", "g/dL", "g/L", "135"),
        ("13.5", "g%", "g/dL", "13.5"),
        ("0.42", "L/L", "%", "42"),
        ("42", "%", "1", "0.42"),
        ("31", "mg/g", "%", "3.1"),
        ("4.5", "10*6/uL", "10*12/L", "4.5"),
        ("4.5", "10^3/uL", "10*9/L", "4.5"),
        ("250", "10*3/mm3", "/nL", "250"),
        ("7", "{cells}/uL", "10*6/L", "7"),
        ("90", "fL", "um3", "90"),
        ("30", "pg{Hb}", "fg", "30000"),
        ("2.5", "{INR}", "1", "2.5"),
        ("2.5", "{INR}", "{ratio}", "2.5"),
        ("35", "U/L", "ukat/L", Fraction(35, 60)),
        ("1", "ukat/L", "U/L", "60"),
        ("3", "m[iU]/L", "u[iU]/mL", "3"),
        ("1200", "mg/d", "g/(24.h)", "1.2"),
        ("100", "mL/min", "L/h", "6"),
        ("90", "mL/min/{1.73_m2}", "mL/s", "1.5"),
        ("1.2", "ng/mL", "ug/L", "1.2"),
        ("1.2", "ng/L", "pg/mL", "1.2"),
        ("0.5", "ug/mL{FEU}", "ng/mL{FEU}", "500"),
        ("0.04", "ug/L", "ng/dL", "4"),
        ("80", "mm[Hg]", "kPa", "10.66576"),
        ("12", "cm[H2O]", "mm[Hg]", Fraction("12") * Fraction("98.0665") / Fraction("133.322")),
        ("1", "[in_i'Hg]", "mm[Hg]", "25.4"),
        ("30", "mm/h", "mm/min", "0.5"),
        ("101.3", "[degF]", "Cel", "38.5"),
        ("310.65", "K", "Cel", "37.5"),
        ("154", "[lb_av]", "kg", "69.85322498"),
        ("11", "[stone_av]", "[lb_av]", "154"),
        ("2", "[oz_av]", "g", "56.69904625"),
        ("70", "[in_i]", "cm", "177.8"),
        ("2", "[foz_us]", "mL", "59.147059125"),
        ("25", "kg/m2", "g/cm2", "2.5"),
        ("90", "d", "wk", Fraction(90, 7)),
        ("36", "mo", "a", "3"),
        ("60", "/min", "Hz", "1"),
        ("2", "kcal", "cal_th", "2000"),
        ("1", "mCi", "MBq", "37"),
        ("1", "dyn.s/cm5", "Pa.s/m3", "100000"),
        ("20", "mmol/mol{creat}", "umol/mmol{creat}", "20"),
        ("2", "/[HPF]", "/[HPF]", "2"),
        ("1", "/[LPF]", "/[HPF]", "0.01"),
        ("5", "[CFU]/mL", "[CFU]/L", "5000"),
        ("1", "[drp]", "mL", "0.05"),
        ("8", "mg/kg/h", "ug/kg/min", Fraction(400, 3)),
    ],
)
def test_units_of_a_laboratory_convert_as_worked_out_by_hand(value, from_, to, there):
    assert converted(Decimal(value), from_, to) == Fraction(there)
    assert converted(Fraction(there), to, from_) == Fraction(value)


def test_creatinine_needs_its_molar_mass_and_then_moves_by_88_4():
    with pytest.raises(Refused, match="molar mass"):
        converted(1, "mg/dL", "umol/L")

    up = factor("mg/dL", "umol/L", molar_mass=Decimal("113.12"))

    assert up == Fraction(10_000) / Fraction("113.12")
    assert float(up) == pytest.approx(88.4, abs=0.01)
    assert factor("umol/L", "mg/dL", molar_mass=Decimal("113.12")) == 1 / up


@pytest.mark.parametrize(
    ("from_", "to"),
    [
        ("mg", "mL"),
        ("[iU]/L", "U/L"),  # an arbitrary unit is no amount of substance
        ("[iU]", "[USP'U]"),
        ("[CFU]", "1"),
        ("mmol/L", "meq/L"),  # needs the charge
        ("mmol/L", "mosm/L"),
        ("mol", "1"),  # a count of molecules is a number to UCUM, and a mistake here
        ("[pH]", "mol/L"),  # a logarithm has no exact size
        ("[pH]", "Cel"),
        ("Cel/min", "[degF]/min"),  # a scale within a product
        ("Cel", "m"),
        ("dB", "Np"),
        ("B[V]", "B[mV]"),
        ("mg/dL", "mmol/kg"),
        ("mmol/mol", "%"),  # 53 mmol/mol of HbA1c is 7.0 % as laboratories say it, and not 5.3
        ("%", "mmol/mol{Hb}"),
        ("umol/mol", "[ppm]"),
        ("mg/g", "mmol/mol"),
        ("meq/eq", "%"),
        ("{INR}", "%"),  # which on a coagulation report is another scale
        ("%", "{INR}"),
        ("ug/mL{FEU}", "ng/mL{DDU}"),  # of D-dimer, and one is about half of the other
        ("ng/mL{ddu}", "mg/L{FEU}"),
    ],
)
def test_what_does_not_measure_the_same_is_refused(from_, to):
    with pytest.raises(Refused):
        converted(1, from_, to, molar_mass=Decimal(100))
    with pytest.raises(Refused):
        factor(from_, to, molar_mass=Decimal(100))


@pytest.mark.parametrize("value", ["NaN", "Infinity"])
def test_what_is_no_number_is_not_converted(value):
    with pytest.raises(Refused):
        converted(Decimal(value), "g", "mg")


@pytest.mark.parametrize("mass", [0, -1])
def test_a_molar_mass_is_above_zero(mass):
    with pytest.raises(Refused, match="above 0"):
        factor("g", "mol", molar_mass=Fraction(mass))


def pressed(code):
    prefixes = [*PREFIXES, ""]
    return st.sampled_from(prefixes).map(lambda p: p + code if _rows()[code].is_metric else code)


AMOUNTS = st.sampled_from([*BASE, *TO_CODE]).flatmap(pressed)


@given(code=AMOUNTS, value=st.fractions(min_value=-1000, max_value=1000))
def test_every_unit_converts_into_itself_and_back_from_its_prefix(code, value):
    assert converted(value, code, code) == value
    bare = next(name for name in sorted(_rows(), key=len) if code.endswith(name))
    try:
        there = converted(value, code, bare)
    except Refused:
        return
    assert converted(there, bare, code) == value


@given(a=AMOUNTS, b=AMOUNTS)
def test_a_product_is_as_large_as_its_parts(a, b):
    product, over = unit(f"{a}.{b}"), unit(f"{a}/{b}")
    assert product.size == unit(a).size * unit(b).size
    assert over.size * unit(b).size == unit(a).size
    if not (unit(a).scale or unit(b).scale):
        assert unit(f"({a}.{b})/{b}") == unit(a)
        assert unit(f"{a}.{b}{{remark}}") == product


@given(text=st.text(max_size=40) | st.text(alphabet="mgLsK10*^./(){}[]'+-%µ ", max_size=40))
def test_no_text_does_anything_but_be_read_or_refused(text):
    assert is_ucum(text) in (True, False)
    if is_ucum(text):
        assert math.isfinite(unit(text).size)
