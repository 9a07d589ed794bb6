"""Must who signs here show again who they are, and have they?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.governance.rules import heard_by, today
from attending.loops.vouching import asks_again

if TYPE_CHECKING:
    from attending.console.course import Course
    from attending.console.page import Asked


def shows_again(asked: Asked, course: Course) -> bool:
    """Tell whether who asks must show again who they are before anything of theirs is signed."""
    if asked.vouched.re_auth_at is not None:
        return False
    folder = asked.folder(course)
    return folder is not None and asks_again(folder, heard_by(asked), today(asked))
