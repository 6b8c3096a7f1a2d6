"""Every deployed object as it will be declared: its header, its body and what it reads, without any types.

`load_catalog` knows more, and takes seconds to know it. This is the quick reading for those who declare objects: one
pass of the parser, and of references only the fact, which the qualified name in the text proves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from infra.errors import InfraError
from infra.syntax import ScriptSyntaxError, TokenKind, parse_script, tokenize
from infra.syntax import script as tree
from sql import SqlSettings


@dataclass(frozen=True)
class Deployed:
    """One object. `body` is what REST calls definitionBody: an expression, a SELECT or BEGIN ... END."""

    name: str
    definition: tree.Create
    body: str
    references: Sequence[str]

    @property
    def kind(self) -> str:
        """The folder of sql/ that it comes from."""
        return self.name.partition("/")[0]

    @property
    def id(self) -> str:
        """Its name in the dataset."""
        return self.name.partition("/")[2]


def read_deployed(rendered: Mapping[str, str], settings: SqlSettings) -> dict[str, Deployed]:
    """Read rendered objects by name ("tables/creators"), in their order.

    Raises InfraError naming the text that is not the definition of one object.
    """
    by_id = {name.partition("/")[2]: name for name in rendered}
    return {name: _read(name, text, by_id, settings) for name, text in rendered.items()}


def _read(name: str, text: str, by_id: Mapping[str, str], settings: SqlSettings) -> Deployed:
    try:
        (definition,) = parse_script(text)
    except (ScriptSyntaxError, ValueError) as error:
        raise InfraError(f"sql/{name}.sql does not define one object", why=str(error)) from None
    if not isinstance(definition, tree.Create):
        raise InfraError(f"sql/{name}.sql defines nothing", why=f"it is {type(definition).__name__}")
    return Deployed(name, definition, _body(definition), tuple(_references(name, text, by_id, settings)))


def _body(definition: tree.Create) -> str:
    match definition:
        case tree.CreateFunction(body=body) | tree.CreateView(query=body):
            return body.text
        case tree.CreateProcedure(body=body):
            return body.text
    return ""


def _references(name: str, text: str, by_id: Mapping[str, str], settings: SqlSettings) -> list[str]:
    """The other objects whose qualified name stands in the text, in deployment order."""
    prefix = f"`{settings.project}.{settings.dataset}."
    written = {
        token.text.removeprefix(prefix).removesuffix("`")
        for token in tokenize(text)
        if token.kind is TokenKind.QUOTED_NAME and token.text.startswith(prefix)
    }
    return [other for one, other in by_id.items() if one in written and other != name]
