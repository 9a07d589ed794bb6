"""A use case is a folder of data with a story that a newcomer can type."""

from __future__ import annotations


def test_every_use_case_has_a_story_in_which_something_is_typed(root):
    folders = sorted(p for p in (root / "usecases").iterdir() if p.is_dir())
    stories = {folder.name: folder / "story.txt" for folder in folders}
    typed = {
        name: [line for line in path.read_text("utf-8").splitlines() if line.startswith("$ ")]
        for name, path in stories.items()
        if path.is_file()
    }

    assert folders
    assert [name for name in stories if not typed.get(name)] == []
