from __future__ import annotations

import pytest

from special_channel.core.bytes.errors import Unavailable
from special_channel.launcher import folders
from tests import servers


def test_sockets_stand_where_only_their_owner_can_enter_and_go_at_the_end():
    place = servers.sockets()
    with folders.private_sockets(place, "s.sock"):
        assert place.stat().st_mode & 0o777 == 0o700
        (place / "s.sock").touch()
    assert not place.exists()


@pytest.mark.parametrize("mode", [0o750, 0o701, 0o777])
def test_a_socket_folder_that_others_may_enter_is_refused(mode):
    place = servers.sockets()
    place.mkdir()
    place.chmod(mode)
    with (
        pytest.raises(Unavailable) as refused,
        folders.private_sockets(place, "s.sock"),
    ):
        pass
    assert refused.value.code == "socket-folder-not-private"
    place.rmdir()


def test_a_link_in_place_of_the_socket_folder_is_refused(tmp_path):
    place = servers.sockets()
    place.symlink_to(tmp_path, target_is_directory=True)
    kept = tmp_path / "kept"
    kept.touch()
    with (
        pytest.raises(Unavailable) as refused,
        folders.private_sockets(place, "s.sock"),
    ):
        pass
    assert refused.value.code == "socket-folder-not-private"
    assert kept.exists()
    place.unlink()


def test_sockets_that_a_killed_process_left_are_cleared():
    place = servers.sockets()
    place.mkdir(mode=0o700)
    (place / ".s.PGSQL.5432.lock").touch()
    with folders.private_sockets(place, "s.sock"):
        assert list(place.iterdir()) == []
