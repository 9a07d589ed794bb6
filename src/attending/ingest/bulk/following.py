"""From which moment the next export asks, so that nothing falls between two.

What changed since an export was cut is all that is new only where both ask the same server for
the same. Of a type or a group that the earlier one did not ask for, all that is older would be
left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.errors import Refused
from attending.ingest.bulk.asking import same_place

if TYPE_CHECKING:
    from attending.ingest.bulk.export import State
    from attending.spec.data.bulk_server import BulkServer


def moment_after(earlier: State, server: BulkServer, where: str) -> str:
    """Give the moment that an earlier export was cut, if this one can follow it.

    Parameters
    ----------
    earlier
        How the earlier export ended; one that did not keep what it asked for is believed.
    server
        Who is asked now, and for what.
    where
        The earlier export's folder, for what is refused.

    Raises
    ------
    Refused
        It was not finished, or was of another server, of others, or of fewer types.

    """
    if not earlier.done:
        raise Refused("no export was finished in this folder", where=where)
    if not same_place(earlier.polling, server.base_url):
        accepted = ["--since MOMENT, if it is the same server by another name"]
        because = "the export in this folder came from another server"
        raise Refused(because, where=where, accepted=accepted)
    if earlier.asked not in ("", server.of_whom):
        accepted = [f"an export of {server.of_whom}", "an export without --after"]
        because = f"the export in this folder is of {earlier.asked}"
        raise Refused(because, where=where, accepted=accepted)
    lacking = sorted({*server.types} - {*earlier.types}) or ([] if server.types else ["all types"])
    if earlier.types and lacking:
        because = f"the export in this folder did not ask for {', '.join(lacking)}"
        accepted = [f"types: {list(earlier.types)}", "an export without --after"]
        raise Refused(because, where=where, accepted=accepted)
    return earlier.transaction_time
