"""Chat requests that every provider can be asked, by name: arguments of the SDK's `create`.

The simulator answers from the request alone and the same in every dialect, so that the answers of
two ways can be compared. A line of the prompt such as `call NAME {...}` or `say WORDS` tells it what
to answer.
"""

from typing import Any

Case = dict[str, Any]

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
UNICODE = "Grüße aus Zürich, 世界! 👩‍👩‍👧‍👦 naïve \u2028 \"quoted\" back\\slash \t tab 𝄞"


def user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def assistant(content: str | None, *calls: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": content}
    return {**message, "tool_calls": list(calls)} if calls else message


def call(call_id: str, name: str, arguments: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def result(call_id: str, content: Any) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def function(name: str, strict: bool = True, **properties: Any) -> dict[str, Any]:
    """A tool all of whose properties are required, as `strict` wants it."""
    parameters = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    described = {"name": name, "description": f"Does {name}.", "parameters": parameters}
    return {"type": "function", "function": {**described, **({"strict": True} if strict else {})}}


WEATHER = function("get_weather", city={"type": "string"})
CLOCK = function("get_time", zone={"type": "string"}, digits={"type": "integer"})
NOTHING = function("ring_bell")
LOOSE = function("look_up", strict=False, word={"type": "string"})

SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "people": {"type": "integer"},
        "mayors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "since": {"type": "integer"}},
                "required": ["name", "since"],
                "additionalProperties": False,
            },
        },
        "kind": {"type": "string", "enum": ["town", "village"]},
    },
    "required": ["city", "people", "mayors", "kind"],
    "additionalProperties": False,
}

CASES: dict[str, Case] = {
    "text": {"messages": [user("Hello, who are you?")]},
    "unicode": {"messages": [user(f"say {UNICODE}")]},
    "a long answer": {"messages": [user("say " + " ".join(f"word{n}" for n in range(300)))]},
    "text parts": {
        "messages": [user([{"type": "text", "text": "One."}, {"type": "text", "text": "Two."}])]
    },
    "several turns": {
        "messages": [user("My name is Ada."), assistant("Hello, Ada."), user("What is my name?")]
    },
    "system message": {
        "messages": [{"role": "system", "content": "Answer in one word."}, user("Hello")]
    },
    "developer message": {
        "messages": [{"role": "developer", "content": "Answer in one word."}, user("Hello")]
    },
    "stop": {"messages": [user("say one two three four")], "stop": "three"},
    "several stops": {"messages": [user("say one two three four")], "stop": ["nine", "two"]},
    "max_tokens": {"messages": [user("say one two three four five six")], "max_tokens": 3},
    "max_completion_tokens": {
        "messages": [user("say one two three four five six")],
        "max_completion_tokens": 2,
    },
    "zeroes": {"messages": [user("Hello")], "temperature": 0, "max_tokens": 50},
    "one tool": {
        "messages": [user('call get_weather {"city":"Zürich"}')],
        "tools": [WEATHER, CLOCK],
    },
    "a tool that is not strict": {
        "messages": [user('call look_up {"word":"tide"}')],
        "tools": [LOOSE],
    },
    "parallel tools": {
        "messages": [
            user(
                'call get_weather {"city":"Bern \\"old town\\""}\n'
                'call get_time {"zone":"Europe/Zurich","digits":2}\n'
                'call get_weather {"city":"世界"}'
            )
        ],
        "tools": [WEATHER, CLOCK],
    },
    "text before a tool call": {
        "messages": [user('say Let me look.\ncall get_weather {"city":"Bern"}')],
        "tools": [WEATHER],
    },
    "a tool without arguments": {"messages": [user("call ring_bell")], "tools": [NOTHING]},
    "tool_choice auto": {
        "messages": [user("say I need no tool")],
        "tools": [WEATHER],
        "tool_choice": "auto",
    },
    "tool_choice none": {
        "messages": [user("Is it warm?")],
        "tools": [WEATHER],
        "tool_choice": "none",
    },
    "tool_choice required": {
        "messages": [user("Is it warm?")],
        "tools": [WEATHER, CLOCK],
        "tool_choice": "required",
    },
    "tool_choice named": {
        "messages": [user("Is it warm?")],
        "tools": [WEATHER, CLOCK],
        "tool_choice": {"type": "function", "function": {"name": "get_time"}},
    },
    "parallel_tool_calls false": {
        "messages": [user('call get_weather {"city":"Bern"}\ncall get_weather {"city":"Basel"}')],
        "tools": [WEATHER],
        "parallel_tool_calls": False,
    },
    "a tool's result": {
        "messages": [
            user("Is it warm in Bern?"),
            assistant(None, call("call_1", "get_weather", '{"city":"Bern"}')),
            result("call_1", "21 °C, sunny"),
        ],
        "tools": [WEATHER],
    },
    "results of parallel tools": {
        "messages": [
            user("Where is it warmer?"),
            assistant(
                "Let me look.",
                call("call_1", "get_weather", '{"city":"Bern"}'),
                call("call_2", "get_weather", '{"city":"Basel"}'),
                call("call_3", "ring_bell", ""),
            ),
            result("call_1", "21 °C"),
            result("call_2", [{"type": "text", "text": "23 °C"}]),
            result("call_3", "rung"),
        ],
        "tools": [WEATHER, NOTHING],
    },
    "vision by data URL": {
        "messages": [
            user(
                [
                    {"type": "text", "text": "What is this?"},
                    {
                        "type": "image_url",
                        "image_url": {"url": f"data:image/png;base64,{PIXEL}", "detail": "low"},
                    },
                ]
            )
        ]
    },
    "vision by link": {
        "messages": [
            user(
                [
                    {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}},
                    {"type": "text", "text": "What is this?"},
                ]
            )
        ]
    },
    "a schema": {
        "messages": [user("Tell me about Bern.")],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "city", "strict": True, "schema": SCHEMA},
        },
    },
}
