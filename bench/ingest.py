"""What it costs to take clinical data in: beside a query engine that believes what it reads.

The peer flattens the same lines with every column declared to it, and the same raw copy is
counted on both sides. It is asked for no more than that; ours reads each line strictly, sets aside
what is wrong with a reason, puts codes through a map, and says of each row which bytes it is from.
All have the same two cores: ours flattens in two threads, beside one that keeps the file.
Lines are real ones (synthea-r4's observations) under new ids.
"""

from __future__ import annotations

import gzip
import os
import random
import re
import shutil
import subprocess
import sys
import time
import venv
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from statistics import median
from uuid import UUID

import duckdb
from measured import Row, ratios
from views import EIGHT

from attending.fhir.mapped import MappedColumn
from attending.fhir.mapped_view import mapped_view
from attending.fhir.terms import TermRow, Terms
from attending.fhir.view import view
from attending.ingest.feed import Hints
from attending.ingest.feeds.fhir_ndjson import fhir_ndjson
from attending.ingest.flat.flatten import Flattening
from attending.ingest.flat.stored import stored
from attending.lake.clinical.received import Batch
from attending.lake.clinical.store import ClinicalLake
from attending.lake.raw import RawFiles

LARGE, SMALL = 200 << 20, 25 << 20  # bytes: eight times
THREADS = 2
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"  # where the tests look, too
DATA = Path(os.environ.get("ATTENDING_DATA") or BESIDE)
OBSERVATIONS = DATA / "synthea-r4/Observation.ndjson.gz"
PEERS_LINES = 4_000  # what fhir.resources is given: the whole file would take it minutes
LOINC = re.compile(rb'"http://loinc.org","code":"([^"]+)"')
ID = re.compile(rb'"id":"[^"]*"')
TYPED = """
COPY (SELECT 'Observation/' || id AS key, subject.reference AS patient,
  encounter.reference AS encounter,
  list_filter(code.coding, lambda x: x.system = 'http://loinc.org')[1].code AS code, status,
  effectiveDateTime AS at, valueQuantity.value AS value, valueQuantity.code AS unit
FROM read_ndjson('{file}', columns = {{resourceType: 'VARCHAR', id: 'VARCHAR',
  status: 'VARCHAR', subject: 'STRUCT(reference VARCHAR)',
  encounter: 'STRUCT(reference VARCHAR)',
  code: 'STRUCT(coding STRUCT(system VARCHAR, code VARCHAR)[])', effectiveDateTime: 'VARCHAR',
  valueQuantity: 'STRUCT(value DECIMAL(38, 18), code VARCHAR)'}}))
TO '{into}' (FORMAT parquet, COMPRESSION zstd)
"""
MODELS = """
import sys, time
from fhir.resources.R4B.observation import Observation
lines = open(sys.argv[1], "rb").read().splitlines()
began = time.perf_counter()
for line in lines:
    read = Observation.model_validate_json(line)
    codes = [c.code for c in read.code.coding if c.system == "http://loinc.org"]
    number = read.valueQuantity
    row = ("Observation/" + read.id, read.subject.reference, read.encounter.reference, codes[:1],
           read.status, read.effectiveDateTime, number and number.value, number and number.code)
print(sum(map(len, lines)) / (time.perf_counter() - began))
"""
# Of this process alone: `ru_maxrss` of a new process begins at what the one that made it holds.
MEMORY = r"""
import re, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import ingest
{what}(Path(sys.argv[2]), Path(sys.argv[3]))
print(re.search(r"VmHWM:\s*(\d+)", Path("/proc/self/status").read_text())[1])
"""


def rows(root, runs):
    lines = observations()
    if not lines:
        print(f"ingest: nothing to measure, {OBSERVATIONS.name} of synthea-r4 is not in {DATA}")
        return []
    large, small, few = (root / f"{name}.ndjson" for name in ("large", "small", "few"))
    make(large, lines, LARGE)
    make(small, lines, SMALL)
    with small.open("rb") as file:
        few.write_bytes(b"".join(file.readline() for _ in range(PEERS_LINES)))
    python = models(root / "peer")
    names = (typed, fast, reference, into_lake)
    rates = {each: [] for each in (*names, "models")}
    through_a_map()  # read once, as a hospital's is
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(cores)[:THREADS])
    for _ in range(runs):  # in turn: only figures of one moment are compared
        for work in names:
            file = small if work is into_lake else large
            rates[work].append(rate(work, file, root / "work"))
        if python:
            given = [str(python), "-c", MODELS, str(few)]
            rates["models"].append(float(subprocess.check_output(given, text=True)))
    os.sched_setaffinity(0, cores)
    told = ", ".join(
        f"{getattr(name, '__name__', name)} {median(each) / 1e6:.1f}"
        for name, each in rates.items()
        if each
    )
    print(f"ingest, MB a second, the raw copy counted: {told}")
    share = median(ratios(rates[into_lake], rates[typed]))
    print(f"into the lake, versions and a view's table and all: {share:.3f} of typed DuckDB")
    found = [
        Row("ingest: flatten / typed DuckDB", ratios(rates[fast], rates[typed]), 0.5),
        Row("ingest: one at a time / the same", ratios(rates[reference], rates[typed]), 0.1),
    ]
    if python:
        beside = ratios(rates[fast], rates["models"])
        found.append(Row("ingest: flatten / fhir.resources", beside, 35))
    for work in (fast, into_lake):
        peaks = [[peak(work, file, root / "work") for file in (small, large)] for _ in range(runs)]
        what = f"ingest: memory at 8 x, {work.__name__.replace('_', ' ')}"
        note = " to ".join(f"{median(each) / 1024:.0f}" for each in zip(*peaks, strict=True))
        shares = [there / here for here, there in peaks]
        found.append(Row(what, shares, 1.1, at_most=True, note=f"{note} MiB"))
    return found


def observations():
    there = OBSERVATIONS.is_file()
    return gzip.decompress(OBSERVATIONS.read_bytes()).splitlines() if there else []


def make(file, lines, size):
    seeded, n = random.Random(4), 0
    with file.open("wb") as out:
        while n < size:
            for line in lines:
                name = str(UUID(int=seeded.getrandbits(128))).encode()
                n += out.write(ID.sub(b'"id":"' + name + b'"', line, count=1) + b"\n")
                if n >= size:
                    break


def models(folder):
    """Give a Python that has the peer; it needs a pydantic of its own, so never this one."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "-q", "fhir.resources"]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"ingest: fhir.resources cannot be had here: {done.stderr.strip()[-200:]}")
        return None
    return python


def rate(work, file, folder):
    folder.mkdir()
    began = time.perf_counter()
    work(file, folder)
    took = time.perf_counter() - began
    shutil.rmtree(folder)
    return file.stat().st_size / took


def peak(work, file, folder):
    folder.mkdir()
    text = MEMORY.format(what=f"ingest.{work.__name__}")
    here = str(Path(__file__).parent)
    given = [sys.executable, "-c", text, here, str(file), str(folder)]
    found = int(subprocess.check_output(given, text=True).split()[-1])
    shutil.rmtree(folder)
    return found


def typed(file, folder):
    RawFiles(folder / "raw").keep_file(file)
    with duckdb.connect(config={"threads": THREADS}) as con:
        con.execute(TYPED.format(file=file, into=folder / "rows.parquet"))


def eight():
    [select] = EIGHT["select"]
    columns = [
        each | {"type": "decimal" if each["name"] == "value" else "string"}
        for each in select["column"]
    ]
    columns[0] |= {"name": "observation"}  # `key` is the lake's own
    return view(EIGHT | {"select": [{"column": columns}]})


@cache
def through_a_map():
    """Give the view with its codes put into a hospital's own; every tenth has none."""
    with gzip.open(OBSERVATIONS) as lines:  # a line at a time: its memory is measured elsewhere
        codes = sorted({code.decode() for line in lines for code in LOINC.findall(line)})
    terms = Terms(
        TermRow(
            map="local",
            version="1",
            source_system="http://loinc.org",
            source_code=code,
            target_system="urn:local",
            target_code=f"local-{n}",
        )
        for n, code in enumerate(codes)
        if n % 10
    )
    code = MappedColumn(view="results", column="code", map="local", system="http://loinc.org")
    return mapped_view(eight(), [code], terms, "2026-01-01")


def fast(file, folder, *, together=True):
    kept = RawFiles(folder / "raw")
    with kept.keeping(file) as reading:
        flattening = Flattening(through_a_map(), reading.digest, together=together)
        found = flattening.write(reading.pieces(), folder / "rows.parquet")
    assert found.rows + len(found.asides) == found.lines


def reference(file, folder):
    fast(file, folder, together=False)


def into_lake(file, folder):
    with ClinicalLake.open(folder) as lake:
        raw = lake.raw.keep_file(file)
        batch = Batch("bench", "east", raw, datetime.now(UTC))
        lake.load(batch, fhir_ndjson(lake.raw.pieces(raw), Hints()))
        view = eight()
        lake.materialize(view, stored(view))
