"""What the loader says of a template that cannot be filled in."""

import jinja2
import pytest

from sql.loader import make_environment


def test_a_literal_of_nothing_names_what_is_missing() -> None:
    template = make_environment(jinja2.DictLoader({"one": "SELECT {{ nowhere | literal }}"})).get_template("one")
    with pytest.raises(jinja2.UndefinedError, match="'nowhere' is undefined"):
        template.render()
