"""Must who signs here show again who they are, and have they?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attending.console.governance.rules import heard_by, today
from attending.loops.system.vouching import RE_AUTH_MINUTES, asks_again

if TYPE_CHECKING:
    from attending.console.course import Course
    from attending.console.page import Asked


def shows_again(asked: Asked, course: Course) -> int:
    """Give the minutes for which showing again who they are holds; 0 where it is not asked now."""
    if asked.vouched.re_auth_at is not None:
        return 0
    folder = asked.folder(course)
    asks = folder is not None and asks_again(folder, heard_by(asked), today(asked))
    return RE_AUTH_MINUTES if asks else 0
