"""What is said of an answer afterwards."""
from support import client
from support.access import SIMULATED
from support.programs import Maester


def test_feedback_stays_with_its_request(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED))
    request_id = client.chat(server.port, "m", "Hello").headers["x-maester-request-id"]

    def say(**body):
        return client.request(server.port, "POST", "/v1/feedback", {"request_id": request_id, **body})
    given = [say(name="helpful", value=True, comment="yes, it \U0001f600"), say(name="stars", value=4.5), say(name="label", value="good")]
    assert [one.status for one in given] == [201, 201, 201] and len({one.json()["id"] for one in given}) == 3

    def shown(port):
        listed = client.request(port, "GET", f"/v1/feedback?request_id={request_id}").json()["data"]
        receipt = client.request(port, "GET", f"/v1/requests/{request_id}").json()
        assert receipt["feedback"] == listed
        return [(one["name"], one["value"], one.get("comment")) for one in listed]
    expected = [("helpful", True, "yes, it \U0001f600"), ("stars", 4.5, None), ("label", "good", None)]
    assert shown(server.port) == expected
    server.kill()  # what was acknowledged is in the journal; usage.db is made again from it
    for path in server.data.glob("usage.db*"):
        path.unlink()
    again = space.add(Maester(tmp_path, SIMULATED, name="again"))
    assert shown(again.port) == expected


def test_wrong_feedback_is_refused(space, binary, tmp_path):
    server = space.add(Maester(tmp_path, SIMULATED))
    request_id = client.chat(server.port, "m", "Hello").headers["x-maester-request-id"]
    for body, status, param in (({"name": "x", "value": 1}, 400, "request_id"), ({"request_id": request_id, "value": 1}, 400, "name"),
                                ({"request_id": request_id, "name": "x"}, 400, "value"), ({"request_id": request_id, "name": "x", "value": {}}, 400, "value"),
                                ({"request_id": request_id, "name": "x", "value": None}, 400, "value"), ({"request_id": request_id, "name": "", "value": 1}, 400, "name"),
                                ({"request_id": "01900000-0000-7000-8000-000000000000", "name": "x", "value": 1}, 404, None)):
        answer = client.request(server.port, "POST", "/v1/feedback", body)
        assert answer.status == status and (param is None or answer.json()["param"] == param), (body, answer.body)
    assert client.request(server.port, "GET", "/v1/feedback").status == 400
