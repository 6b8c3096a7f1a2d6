"""Cloud Storage objects: generations, preconditions, versions and every way to upload and read."""

from __future__ import annotations

import base64
import hashlib
import http.client
import random
import threading
import uuid
from urllib.parse import quote, urlsplit

import pytest

from infra.endpoints import LOCAL_STATE_BUCKET
from infra.local.server import LocalCloud
from tests.local.control.conftest import Answer, Call

OBJECTS = f"/storage/v1/b/{LOCAL_STATE_BUCKET}/o"
UPLOADS = f"/upload{OBJECTS}"


@pytest.fixture
def folder() -> str:
    """A prefix of the test's own in the state bucket."""
    return f"eros/test/{uuid.uuid4().hex[:8]}"


def put(call: Call, name: str, data: bytes, conditions: str = "", bucket: str = LOCAL_STATE_BUCKET) -> Answer:
    path = f"/upload/storage/v1/b/{bucket}/o?uploadType=media&name={quote(name, safe='')}{conditions}"
    return call("POST", path, data, {"Content-Type": "text/plain"})


def at(name: str) -> str:
    return f"{OBJECTS}/{quote(name, safe='')}"


@pytest.mark.covers("control", "The bucket of Terraform's state is there when the server runs, and keeps old versions")
def test_the_state_bucket_is_there_and_keeps_versions(call: Call, folder: str) -> None:
    bucket = call("GET", f"/storage/v1/b/{LOCAL_STATE_BUCKET}").body
    assert (bucket["name"], bucket["versioning"]["enabled"]) == (LOCAL_STATE_BUCKET, True)
    assert bucket["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"] is True
    first = put(call, f"{folder}/a", b"one").body
    second = put(call, f"{folder}/a", b"two").body
    assert int(second["generation"]) > int(first["generation"])
    assert call("GET", at(f"{folder}/a") + "?alt=media").content == b"two"
    old = call("GET", at(f"{folder}/a") + f"?alt=media&generation={first['generation']}")
    assert old.content == b"one"
    listed = call("GET", f"{OBJECTS}?prefix={folder}").body["items"]
    assert [one["generation"] for one in listed] == [second["generation"]]
    every = call("GET", f"{OBJECTS}?prefix={folder}&versions=true").body["items"]
    assert [(one["generation"], "timeDeleted" in one) for one in every] == [
        (first["generation"], True),
        (second["generation"], False),
    ]


@pytest.mark.covers(
    "control", "ifGenerationMatch: of two who make the same object one gets 412, as Terraform's lock needs"
)
def test_of_many_racers_one_takes_the_lock(call: Call, folder: str) -> None:
    lock = f"{folder}/default.tflock"
    answers: list[int] = []
    racers = [
        threading.Thread(target=lambda: answers.append(put(call, lock, b"{}", "&ifGenerationMatch=0").status))
        for _ in range(8)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    assert sorted(answers) == [200] + [412] * 7
    held = call("GET", at(lock)).body["generation"]
    refused = call("DELETE", at(lock) + "?ifGenerationMatch=12")
    assert refused.reason == (412, "conditionNotMet")
    assert call("DELETE", at(lock) + f"?ifGenerationMatch={held}").status == 204
    assert call("GET", at(lock)).reason == (404, "notFound")
    assert put(call, lock, b"{}", "&ifGenerationMatch=0").status == 200


@pytest.mark.parametrize("condition", ["ifGenerationMatch=1", "ifMetagenerationMatch=2", "ifMetagenerationNotMatch=1"])
def test_a_precondition_that_does_not_hold_changes_nothing(call: Call, folder: str, condition: str) -> None:
    put(call, f"{folder}/a", b"one")
    assert put(call, f"{folder}/a", b"two", f"&{condition}").reason == (412, "conditionNotMet")
    assert call("DELETE", at(f"{folder}/a") + f"?{condition}").reason == (412, "conditionNotMet")
    assert call("GET", at(f"{folder}/a") + "?alt=media").content == b"one"


@pytest.mark.covers(
    "control", "Objects are uploaded by media, multipart and resumable uploads, also in chunked requests"
)
def test_the_three_uploads_give_the_same_object(call: Call, folder: str) -> None:
    data = bytes(range(256)) * 300
    put(call, f"{folder}/media", data)
    body = (
        b'--x\r\nContent-Type: application/json\r\n\r\n{"name": "%s/multipart", "metadata": {"k": "v"}}\r\n'
        % folder.encode()
    ) + (b"--x\r\nContent-Type: text/plain\r\n\r\n" + data + b"\r\n--x--\r\n")
    kind = {"Content-Type": "multipart/related; boundary=x"}
    multipart = call("POST", f"{UPLOADS}?uploadType=multipart", body, kind).body
    assert multipart["metadata"] == {"k": "v"}
    begun = call("POST", f"{UPLOADS}?uploadType=resumable&ifGenerationMatch=0", {"name": f"{folder}/resumable"})
    address = begun.headers["Location"]
    half = call("PUT", address, data[:50000], {"Content-Range": "bytes 0-49999/*"})
    assert (half.status, half.headers["Range"]) == (308, "bytes=0-49999")
    rest = call("PUT", address, data[50000:], {"Content-Range": f"bytes 50000-{len(data) - 1}/{len(data)}"})
    assert (rest.status, rest.body["name"]) == (200, f"{folder}/resumable")
    md5 = base64.b64encode(hashlib.md5(data).digest()).decode()
    for name in ("media", "multipart", "resumable"):
        found = call("GET", at(f"{folder}/{name}")).body
        assert (found["size"], found["md5Hash"]) == (str(len(data)), md5)
        assert call("GET", at(f"{folder}/{name}") + "?alt=media").content == data


def test_a_resumable_upload_keeps_its_precondition(call: Call, folder: str) -> None:
    begun = call("POST", f"{UPLOADS}?uploadType=resumable&name={folder}/a&ifGenerationMatch=0", {})
    put(call, f"{folder}/a", b"first")
    assert call("PUT", begun.headers["Location"], b"late").reason == (412, "conditionNotMet")
    assert call("GET", at(f"{folder}/a") + "?alt=media").content == b"first"


def test_a_chunked_request_is_read_to_its_end(control_cloud: LocalCloud, call: Call, folder: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(control_cloud.url).netloc, timeout=30)
    try:
        path = f"{UPLOADS}?uploadType=media&name={folder}/chunked"
        for data in ([b"abc", b"", b"d" * 70000], []):
            connection.request("POST", path, iter([part for part in data if part]), encode_chunked=True)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
            assert call("GET", at(f"{folder}/chunked") + "?alt=media").content == b"".join(data)
        connection.putrequest("POST", path)
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders(b"zz\r\n")
        assert connection.getresponse().status == 400
    finally:
        connection.close()


@pytest.mark.covers("control", "Objects are read by the XML-style path too, with x-goog headers and ranges")
def test_the_plain_read_path(call: Call, folder: str) -> None:
    made = put(call, f"{folder}/default.tfstate", b"0123456789").body
    path = f"/{LOCAL_STATE_BUCKET}/{quote(folder + '/default.tfstate', safe='')}"
    read = call("GET", path)
    assert (read.status, read.content, read.headers["Content-Type"]) == (200, b"0123456789", "text/plain")
    assert read.headers["X-Goog-Generation"] == made["generation"]
    assert read.headers["X-Goog-Metageneration"] == "1"
    assert read.headers["X-Goog-Hash"] == f"md5={made['md5Hash']}"
    assert call("GET", f"/{LOCAL_STATE_BUCKET}/{folder}/default.tfstate").content == b"0123456789"
    part = call("GET", path, headers={"Range": "bytes=2-4"})
    assert (part.status, part.content, part.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    assert call("GET", path, headers={"Range": "bytes=-3"}).content == b"789"
    assert call("GET", path, headers={"Range": "bytes=10-"}).status == 416
    head = call("HEAD", path)
    assert (head.status, head.content, head.headers["Content-Length"]) == (200, b"", "10")
    missing = call("GET", f"/{LOCAL_STATE_BUCKET}/{folder}/nothing")
    assert (missing.status, b"NoSuchKey" in missing.content) == (404, True)
    assert call("GET", "/no-such-bucket/x").reason == (404, "notFound")


@pytest.mark.covers("control", "Objects are listed by prefix, delimiter and page")
def test_listing_by_prefix_delimiter_and_page(call: Call, folder: str) -> None:
    for name in ("a/default.tfstate", "a/other.tfstate", "b/default.tfstate", "top"):
        put(call, f"{folder}/{name}", b"x")
    listed = call("GET", f"{OBJECTS}?prefix={folder}/&delimiter=/").body
    assert [one["name"] for one in listed["items"]] == [f"{folder}/top"]
    assert listed["prefixes"] == [f"{folder}/a/", f"{folder}/b/"]
    names, token = [], ""
    while token is not None:
        page = call("GET", f"{OBJECTS}?prefix={folder}/&maxResults=3&pageToken={token}").body
        names.append([one["name"].removeprefix(f"{folder}/") for one in page["items"]])
        token = page.get("nextPageToken")
    assert names == [["a/default.tfstate", "a/other.tfstate", "b/default.tfstate"], ["top"]]


def test_generations_against_a_model(call: Call, folder: str) -> None:
    """Random writes, deletes and reads under random preconditions, and what a plain list of versions would say."""
    chance = random.Random(4)
    kept: dict[str, list[tuple[str, bytes, bool]]] = {"a": [], "b": []}
    for step in range(250):
        name = chance.choice(sorted(kept))
        live = next((one for one in kept[name] if one[2]), None)
        generation = live[0] if live else "0"
        condition = chance.choice(["", "0", generation, "12"])
        holds = condition in ("", generation)
        suffix = f"ifGenerationMatch={condition}" if condition else ""
        action = chance.choice(["write", "write", "delete", "purge", "read"])
        if action == "write":
            answer = put(call, f"{folder}/{name}", b"%d" % step, f"&{suffix}")
            assert answer.status == (200 if holds else 412)
            if holds:
                kept[name] = [(made, data, False) for made, data, _ in kept[name]]
                kept[name].append((answer.body["generation"], b"%d" % step, True))
        elif action == "delete":
            answer = call("DELETE", at(f"{folder}/{name}") + f"?{suffix}")
            assert answer.status == (404 if live is None else 204 if holds else 412)
            if live and holds:
                kept[name] = [(made, data, False) for made, data, _ in kept[name]]
        elif action == "purge" and kept[name]:
            gone = chance.choice(kept[name])
            assert call("DELETE", at(f"{folder}/{name}") + f"?generation={gone[0]}").status == 204
            kept[name].remove(gone)
        else:
            answer = call("GET", at(f"{folder}/{name}") + "?alt=media")
            assert (answer.status, answer.content if live else b"") == ((200, live[1]) if live else (404, b""))
        listed = call("GET", f"{OBJECTS}?prefix={folder}&versions=true").body.get("items", [])
        assert [(one["generation"], "timeDeleted" not in one) for one in listed] == [
            (made, is_live) for versions in (kept["a"], kept["b"]) for made, _, is_live in versions
        ]


def test_an_objects_description_changes_alone(call: Call, folder: str) -> None:
    made = put(call, f"{folder}/a", b"one").body
    change = {"metadata": {"k": "v"}, "contentType": "application/json", "name": "ignored"}
    changed = call("PATCH", at(f"{folder}/a"), change).body
    assert (changed["metageneration"], changed["metadata"], changed["name"]) == ("2", {"k": "v"}, f"{folder}/a")
    assert changed["generation"] == made["generation"]
    assert "metadata" not in call("PATCH", at(f"{folder}/a"), {"metadata": None}).body
    assert call("PATCH", at(f"{folder}/a"), {"metadata": {"k": 1}}).reason == (400, "invalid")
    read = call("GET", at(f"{folder}/a") + "?alt=media")
    assert (read.content, read.headers["Content-Type"]) == (b"one", "application/json")


def test_deleting_a_version_for_good(call: Call, folder: str) -> None:
    first = put(call, f"{folder}/a", b"one").body["generation"]
    assert call("DELETE", at(f"{folder}/a")).status == 204
    assert call("GET", at(f"{folder}/a") + f"?alt=media&generation={first}").content == b"one"
    assert call("DELETE", at(f"{folder}/a") + f"?generation={first}").status == 204
    assert "items" not in call("GET", f"{OBJECTS}?prefix={folder}&versions=true").body


def test_the_state_bucket_forgets_all_but_the_newest_versions(call: Call, folder: str) -> None:
    made = [put(call, f"{folder}/a", b"%d" % count).body["generation"] for count in range(53)]
    kept = call("GET", f"{OBJECTS}?prefix={folder}&versions=true").body["items"]
    # a version that has 50 newer ones goes: 50 are left, the live one among them
    assert [one["generation"] for one in kept] == made[-50:]


@pytest.mark.covers("control", "A bucket's retention policy holds: a younger object is neither deleted nor overwritten")
def test_a_retention_policy_holds(own_cloud: LocalCloud) -> None:
    from tests.local.control.conftest import calling

    call = calling(own_cloud.url)
    call(
        "POST",
        "/storage/v1/b?project=of-scheduler-proj",
        {"name": "held", "retentionPolicy": {"retentionPeriod": "60"}},
    )
    put(call, "a", b"one", bucket="held")
    assert put(call, "a", b"two", bucket="held").reason == (403, "accessDenied")
    assert call("DELETE", "/storage/v1/b/held/o/a").reason == (403, "accessDenied")
    call("POST", "/eros/clock", {"by": "60s"})
    assert put(call, "a", b"two", bucket="held").status == 200
    assert [one["generation"] for one in call("GET", "/storage/v1/b/held/o?versions=true").body["items"]] == [
        call("GET", "/storage/v1/b/held/o/a").body["generation"]
    ]


@pytest.mark.covers("control", "Copying, composing and matchGlob of objects", refused=True)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", f"{OBJECTS}/a/rewriteTo/b/{LOCAL_STATE_BUCKET}/o/c"),
        ("POST", f"{OBJECTS}/a/compose"),
        ("GET", f"{OBJECTS}?matchGlob=**"),
        ("POST", f"{UPLOADS}?uploadType=other"),
    ],
)
def test_what_storage_does_not_do_is_refused_by_name(call: Call, method: str, path: str) -> None:
    assert call(method, path, {} if method == "POST" else None).reason == (501, "notImplemented")
