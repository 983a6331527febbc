"""A type of somebody's SDK as a strict judge of JSON.

SDKs type what they send, and are lenient for their users' sake: they take Python objects beside
JSON, values that only look right, and members that they do not know. `Strict` takes pydantic's
schema of such a type and leaves that out, all the way down:

- unknown members are refused, in dictionaries and in models;
- no conversion: `"1"` is no number, `1` no text;
- lists that pydantic would only read when asked (`Iterable`) are read;
- in a union, an alternative that would take anything (`Any`, a plain mapping, an enumeration that is
  open to new words) goes, as long as another one stays;
- an enumeration is closed, and what tells the variants of a union apart must be there;
- validators that are functions of the SDK go: what they accept is for users, not for the wire.

A union that takes anything would judge nothing. That each judge refuses what is wrong is shown in
`test_judges.py`, not assumed.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import SchemaValidator, core_schema

Schema = dict[str, Any]
Renamed = Callable[[str, str], str]

# What surrounds a schema for Python's sake only, and where the schema of the JSON is in it.
WRAPPERS = {
    "model": "schema",
    "json-or-python": "json_schema",
    "lax-or-strict": "strict_schema",
    "function-after": "schema",
    "function-before": "schema",
    "function-wrap": "schema",
}
# What accepts more than it says.
OPEN = {"any", "is-instance", "callable", "function-plain"}
# Members of a schema that are no schemas.
OPAQUE = {"cls", "metadata", "ref", "schema_ref", "default", "default_factory", "expected", "members"}


class Refused(AssertionError):
    """What a judge says of JSON that its API would not take."""


class Strict:
    """Judges JSON by a type.

    `renamed(the type's name, the member's name)` gives a member's name on the wire where the type
    has another one. `retyped` has types for members (type, member) that the SDK types too narrowly,
    such as a user's own JSON schema.
    """

    def __init__(
        self,
        kind: Any,
        renamed: Renamed = lambda _, name: name,
        retyped: Mapping[tuple[str, str], Any] = MappingProxyType({}),
    ) -> None:
        adapter = TypeAdapter(kind)
        adapter.rebuild(force=True, raise_errors=True)
        self._renamed = renamed
        self._retyped = retyped
        config = core_schema.CoreConfig(val_json_bytes="base64")
        self._validator = SchemaValidator(self._closed(adapter.core_schema), config)

    def judge(self, body: bytes) -> None:
        try:
            self._validator.validate_json(body, strict=True)
        except ValidationError as error:
            raise Refused(closest(error)) from None

    def _closed(self, schema: Any) -> Any:
        if isinstance(schema, list):
            return [self._closed(item) for item in schema]
        if not isinstance(schema, dict):
            return schema
        kind = schema.get("type")
        if isinstance(kind, str) and kind in WRAPPERS:
            return self._unwrapped(schema, WRAPPERS[kind])
        if kind in ("union", "tagged-union"):
            return self._union(schema)
        return self._plain({k: v if k in OPAQUE else self._closed(v) for k, v in schema.items()})

    def _unwrapped(self, schema: Schema, inner: str) -> Any:
        """Its name, by which others may refer to it, stays."""
        closed = self._closed(schema[inner])
        return {**closed, "ref": schema["ref"]} if "ref" in schema else closed

    def _union(self, schema: Schema) -> Any:
        choices = schema["choices"]
        choices = list(choices.values()) if isinstance(choices, dict) else choices
        bare = [choice[0] if isinstance(choice, tuple) else choice for choice in choices]
        closed = [self._closed(choice) for choice in bare if not is_open(choice)]
        assert closed, f"a union takes anything: {bare}"
        named = {"ref": schema["ref"]} if "ref" in schema else {}
        return {**core_schema.union_schema(closed), **named}

    def _plain(self, schema: Schema) -> Schema:
        kind = schema.get("type")
        if kind in ("typed-dict", "model-fields"):
            return self._members(schema)
        if kind == "generator":
            return {**schema, "type": "list"}
        if kind == "enum":
            return core_schema.literal_schema([member.value for member in schema["members"]])
        assert kind != "function-plain", f"a function would judge: {schema}"
        return schema

    def _members(self, schema: Schema) -> Schema:
        name = schema.get("model_name") or schema["cls"].__name__
        fields = {
            self._renamed(name, key): self._member(name, key, field)
            for key, field in schema["fields"].items()
        }
        schema = {k: v for k, v in schema.items() if k not in ("extras_schema", "computed_fields")}
        return {**schema, "fields": fields, "extra_behavior": "forbid"}

    def _member(self, name: str, key: str, field: Schema) -> Schema:
        if kind := self._retyped.get((name, key)):
            return {**field, "schema": TypeAdapter(kind).core_schema}
        return required(field)


def is_open(choice: Schema) -> bool:
    while choice["type"] in ("nullable", "default", *WRAPPERS):
        choice = choice[WRAPPERS.get(choice["type"], "schema")]
    free = choice["type"] == "dict" and choice.get("values_schema", {}).get("type", "any") == "any"
    return free or choice["type"] in OPEN


def required(field: Schema) -> Schema:
    """What has only one value is there to tell variants apart: an SDK fills it in, we must too."""
    schema = field["schema"]
    if schema["type"] == "default" and (inner := schema["schema"])["type"] == "literal":
        if len(inner["expected"]) == 1:
            return {**field, "schema": inner}
    return field


def closest(error: ValidationError) -> str:
    """Of what a union's alternatives say, that of those that came furthest."""
    faults = error.errors(include_url=False, include_input=False)
    depth = max(len(fault["loc"]) for fault in faults)
    deepest = [fault for fault in faults if len(fault["loc"]) == depth]
    lines = [f"{place(fault['loc'])}: {fault['msg']}" for fault in deepest[:5]]
    return "\n".join(lines)


def place(steps: tuple[str | int, ...]) -> str:
    """Without the names that pydantic gives the alternatives of a union."""
    return ".".join(str(s) for s in steps if isinstance(s, int) or s.isidentifier())
