"""Files keep their bytes under their hash, in a folder and in a real S3 service alike."""

import io

import pytest
from minio import Minio
from moto.server import ThreadedMotoServer

from lms import files
from wsgi import create_app

pytestmark = pytest.mark.no_database
BIG = bytes(range(256)) * 4096  # more than one portion


@pytest.fixture(scope="module")
def bucket():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    client = Minio(f"127.0.0.1:{port}", "someone-key", "someone-secret", secure=False, region="us-east-1")
    client.make_bucket("hotline")
    yield client, f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def site(request, tmp_path):
    given = {}
    if request.param == "s3":
        _, endpoint = request.getfixturevalue("bucket")
        given = {
            "s3_endpoint": endpoint,
            "s3_bucket": "hotline",
            "s3_key": "someone-key",
            "s3_secret": "someone-secret",
        }
    app = create_app(testing=True, data_dir=tmp_path, secret_key="t" * 40, **given)
    with app.app_context():
        yield app


def test_what_is_stored_comes_back(site):
    name = files.store(b"certificate")
    assert name == files.digest(b"certificate")
    assert files.load(name) == b"certificate"


def test_the_same_bytes_are_kept_once(site):
    assert files.store(b"twice") == files.store(b"twice")


def test_a_large_file_goes_in_and_out_in_portions(site, tmp_path):
    source = tmp_path / "big.zip"
    source.write_bytes(BIG)
    name = files.store_file(source)
    portions = list(files.chunks(name))
    assert len(portions) > 1
    assert b"".join(portions) == BIG
    assert source.exists()


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", "", "A" * 64])
def test_what_was_never_stored_is_not_found(site, name):
    with pytest.raises(FileNotFoundError):
        files.load(name)


def test_nothing_is_left_in_the_folder_of_drafts(site, tmp_path):
    files.store(b"one")
    with pytest.raises(ZeroDivisionError), files.draft() as path:
        path.write_bytes(b"half")
        1 / 0  # noqa: B018
    assert list((tmp_path / "drafts").iterdir()) == []


def test_changed_bytes_are_refused(bucket, tmp_path):
    client, endpoint = bucket
    app = create_app(
        testing=True,
        data_dir=tmp_path,
        secret_key="t" * 40,
        s3_endpoint=endpoint,
        s3_bucket="hotline",
        s3_key="someone-key",
        s3_secret="someone-secret",
    )
    with app.app_context():
        name = files.store(b"true")
        client.put_object("hotline", name, io.BytesIO(b"false"), 5)
        with pytest.raises(FileNotFoundError, match="no longer matches"):
            files.load(name)


def test_a_service_that_is_away_is_a_fault_of_the_disk_kind(tmp_path):
    app = create_app(
        testing=True,
        data_dir=tmp_path,
        secret_key="t" * 40,
        s3_endpoint="http://127.0.0.1:9",
        s3_bucket="no-such-bucket",
        s3_key="k",
        s3_secret="s",
    )
    with app.app_context(), pytest.raises(OSError, match=r".+"):
        files.store(b"x")


@pytest.mark.parametrize(
    "given",
    [
        {"s3_bucket": "b", "s3_endpoint": "minio:9000", "s3_key": "k", "s3_secret": "s"},
        {"s3_bucket": "b", "s3_endpoint": "https://s3.example"},
    ],
)
def test_half_a_setting_is_refused_with_a_sentence(given):
    with pytest.raises(ValueError, match="LMS_S3_"):
        create_app(testing=True, secret_key="t" * 40, **given)
