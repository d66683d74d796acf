"""Pictures are found by what rows call them, in folders and in tars, and kept as they came where they can be."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest
from PIL import Image

from pipeline.dataset.export.tar import Tar
from pipeline.errors import InputError
from pipeline.imports import listing
from pipeline.imports.conversation import Refused
from pipeline.imports.kept_picture import Kept, keeping
from pipeline.imports.listing import FOLDER, list_pictures
from pipeline.imports.pictures import Pictures
from pipeline.storage import Storage, open_storage

FILES = {
    "india/a.jpg": b"india a", "india/b.jpg": b"b", "iran/a.jpg": b"a of iran", "general/COCO/train2017/1.jpg": b"coco",
    "general/x/images/1.jpg": b"x one", "é.jpg": b"accent",
}  # fmt: skip


def in_tar(files: dict[str, bytes]) -> bytes:
    tar = Tar()
    for name, data in files.items():
        tar.add(name, data)
    return tar.finish()


def listed(target: Storage, *places: str) -> Pictures:
    return list_pictures(places, target).pictures


def laid_out(storage: Storage, kind: str) -> str:
    """All files in one place; its address."""
    if kind == "folder":
        for name, data in FILES.items():
            storage.write(name, data)
        return storage.uri
    storage.write("all.tar", in_tar(FILES))
    return f"{storage.uri}/all.tar" if kind == "tar" else storage.uri


@pytest.fixture(scope="module", params=["folder", "tar", "tar in a folder"])
def pictures(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pictures:
    """What is found in one place."""
    place = laid_out(open_storage(str(tmp_path_factory.mktemp("place"))), request.param)
    return listed(open_storage(str(tmp_path_factory.mktemp("to"))), place)


@pytest.mark.parametrize(
    ("named", "data"),
    [
        ("india/a.jpg", b"india a"), ("CultureGroundImages/india/a.jpg", b"india a"), ("./iran//a.jpg", b"a of iran"),
        ("/data/pictures/iran/a.jpg", b"a of iran"), ("b.jpg", b"b"), ("train2017/1.jpg", b"coco"),
        ("general/x/images/1.jpg", b"x one"), ("e\u0301.jpg", b"accent"),
    ],
)  # fmt: skip
def test_found_by_the_end_of_its_path(pictures: Pictures, named: str, data: bytes) -> None:
    assert pictures.read(pictures.find(named)) == data


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ("c.jpg", "picture_not_found"), ("india/1.jpg", "picture_not_found"), ("brazil/b.jpg", "picture_not_found"),
        ("a.jpg", "picture_ambiguous"), ("1.jpg", "picture_ambiguous"), ("", "picture_not_found"),
        ("A.JPG", "picture_not_found"),
    ],
)  # fmt: skip
def test_not_found_or_not_told_apart(pictures: Pictures, named: str, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        pictures.find(named)
    assert caught.value.reason == reason


@pytest.mark.s3
def test_places_in_a_bucket(s3_uri: str, tmp_path: Path) -> None:
    for kind in ("folder", "tar"):
        place = laid_out(open_storage(f"{s3_uri}/{kind}"), kind)
        found = listed(open_storage(str(tmp_path / kind)), place)
        assert {found.path(number): found.read(number) for number in range(len(found))} == FILES


def test_of_equals_the_first_place_counts(tmp_path: Path) -> None:
    for name, data in (("one", b"first"), ("two", b"other")):
        open_storage(str(tmp_path / name)).write("india/a.jpg", data)
    for names in (("one", "two"), ("two", "one")):
        pictures = listed(open_storage(str(tmp_path / "to")), *(str(tmp_path / name) for name in names))
        assert pictures.read(pictures.find("a.jpg")) == {"one": b"first", "two": b"other"}[names[0]]
        assert len(pictures) == 2


def test_many_of_one_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    files = {f"ocr/{number}/screen.jpg": b"x" * number for number in range(400)}
    (tmp_path / "a.tar").write_bytes(in_tar(files))
    pictures = listed(open_storage(str(tmp_path / "to")), str(tmp_path / "a.tar"))
    for number in range(400):
        assert pictures.find(f"{number}/screen.jpg") == pictures.find(f"x/ocr/{number}/screen.jpg")
        assert len(pictures.read(pictures.find(f"{number}/screen.jpg"))) == number
    with pytest.raises(Refused, match="picture_ambiguous"):
        pictures.find("screen.jpg")


def test_tars_in_a_folder_lie_where_they_would_be_unpacked(tmp_path: Path) -> None:
    place = open_storage(str(tmp_path / "pangea"))
    place.write("general/x/images.tar", in_tar({"images/1.jpg": b"1"}))
    place.write("ocr/y/images.tar", in_tar({"images/1.jpg": b"one"}))
    pictures = listed(open_storage(str(tmp_path / "to")), place.uri)
    assert pictures.read(pictures.find("general/x/images/1.jpg")) == b"1"
    assert pictures.read(pictures.find("ocr/y/images/1.jpg")) == b"one"


def test_long_names_and_folders_of_gnu_and_posix_tars(tmp_path: Path) -> None:
    name = f"./{'d' * 90}/{'e' * 120}/é.jpg"
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        with tarfile.open(tmp_path / f"{form}.tar", "w", format=form) as tar:
            folder = tarfile.TarInfo("d")
            folder.type = tarfile.DIRTYPE
            tar.addfile(folder)
            info = tarfile.TarInfo(name)
            info.size = 3
            tar.addfile(info, io.BytesIO(b"abc"))
        pictures = listed(open_storage(str(tmp_path / "to")), str(tmp_path / f"{form}.tar"))
        assert len(pictures) == 1
        assert pictures.read(pictures.find(f"{'e' * 120}/é.jpg")) == b"abc"


def test_a_tar_is_read_once_for_a_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, target = open_storage(str(tmp_path / "from")), open_storage(str(tmp_path / "to"))
    place.write("a.tar", in_tar(FILES))
    first = list_pictures([f"{place.uri}/a.tar"], target)
    assert len(list(target.list(f"{FOLDER}/"))) == 1

    def never(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(listing, "members", never)
    again = list_pictures([f"{place.uri}/a.tar"], target)
    assert again.tag == first.tag
    assert again.pictures.read(again.pictures.find("b.jpg")) == b"b"


def test_the_tag_tells_places_apart(tmp_path: Path) -> None:
    place, target = open_storage(str(tmp_path / "from")), open_storage(str(tmp_path / "to"))
    tags = []
    for name, data in (("a.jpg", b"1"), ("a.jpg", b"12"), ("b.jpg", b"1"), ("c.tar", in_tar({"x": b"1"}))):
        place.write(name, data)
        tags.append(list_pictures([place.uri], target).tag)
    assert len(set(tags)) == len(tags)
    assert list_pictures([place.uri], target).tag == tags[-1]


@pytest.mark.parametrize(
    ("place", "data", "says"),
    [
        ("a.tar.gz", b"x", r"--pictures .*a\.tar\.gz: is compressed; unpack it"),
        ("a.zip", b"x", r"--pictures .*a\.zip: is compressed"),
        ("a.tar", b"\x1f\x8b no tar", r"--pictures .*a\.tar: cannot be read as an uncompressed tar"),
        ("a.tar", in_tar(FILES)[:700], r"--pictures .*a\.tar: cannot be read as an uncompressed tar"),
        ("b.tar", None, r"--pictures .*b\.tar: there is no such file"),
        ("folder", None, r"--pictures .*folder: there is nothing"),
    ],
)
def test_places_that_are_refused(tmp_path: Path, place: str, data: bytes | None, says: str) -> None:
    if data is not None:
        (tmp_path / place).write_bytes(data)
    with pytest.raises(InputError, match=says):
        list_pictures([str(tmp_path / place)], open_storage(str(tmp_path / "to")))


def picture(form: str, mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (30, 20), 77).save(buffer, form, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("data", [picture("JPEG"), picture("JPEG", "L"), picture("JPEG", quality=5)])
def test_an_upright_jpeg_stays_as_it_is(data: bytes) -> None:
    with keeping() as keeper:
        assert keeper.keep([data, None]) == [Kept(data, 30, 20, hashlib.sha256(data).hexdigest()), None]


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return picture("JPEG", exif=exif)


@pytest.mark.parametrize(
    ("data", "size"),
    [(picture("PNG"), (30, 20)), (picture("PNG", "RGBA"), (30, 20)), (picture("JPEG", "CMYK"), (30, 20)),
     (picture("WEBP"), (30, 20)), (picture("GIF", "P"), (30, 20)), (turned(), (20, 30))],
    ids=["png", "rgba", "cmyk", "webp", "gif", "turned"],
)  # fmt: skip
def test_all_else_becomes_a_jpeg_of_its_own_size(data: bytes, size: tuple[int, int]) -> None:
    with keeping() as keeper:
        [kept] = keeper.keep([data])
    assert isinstance(kept, Kept)
    assert (kept.width, kept.height) == size
    assert kept.sha256 == hashlib.sha256(kept.data).hexdigest()
    with Image.open(io.BytesIO(kept.data)) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", size)


@pytest.mark.parametrize("data", [b"", b"<html>", picture("JPEG")[:-200], picture("PNG")[:-30], b"\xff\xd8\xff\xe0 no"])
def test_what_cannot_be_decoded_is_broken(data: bytes) -> None:
    with keeping() as keeper:
        before, refused, after = keeper.keep([picture("JPEG"), data, picture("JPEG")])
    assert isinstance(refused, Refused)
    assert refused.reason == "picture_broken"
    assert isinstance(before, Kept)
    assert before == after, "the same as without it"
