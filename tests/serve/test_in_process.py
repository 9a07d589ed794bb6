"""The gateway asked without a network answers as it does with one."""

from __future__ import annotations

import json

from attending.serve.replaying.in_process import InProcess


def test_the_gateway_answers_and_records_as_over_the_network(making, tmp_path):
    parts = making.parts([making.tool(tmp_path)])
    door = making.door(parts)
    door.expose("silent")

    with InProcess(door.gateway) as caller:
        body = json.dumps(making.question()).encode()
        came = caller.post("/cds-services/kidney_watch", body)
        refused = caller.post("/cds-services/nothing", body)
        caller.run(door.gateway.close())

    assert (came.status, json.loads(came.body)) == (200, {"cards": []})
    assert refused.status == 404
    assert [body["display"] for body in parts.pen.bodies()] == ["silent"]
    door.runner.close()
