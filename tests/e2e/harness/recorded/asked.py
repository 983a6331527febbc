"""A recorded request as a client of OpenAI's API would have made it.

Requests in OpenAI's own format are sent as they are. Those of other formats are turned into it as far as
the recordings need: text, tools, calls and their results, reasoning.
"""

import json
from collections.abc import Callable
from typing import Any

from .files import Exchange
from .said import Said

Body = dict[str, Any]

# What the test itself says.
OWN = {"model", "stream", "stream_options"}


def body(exchange: Exchange, form: str, expected: Any) -> Body:
    """The recorded conversation where there is one that was answered, else any question."""
    convert = CONVERTERS.get(form)
    if exchange.request is None or exchange.status != 200 or convert is None:
        return question(expected)
    return convert(exchange.request)


def question(expected: Any) -> Body:
    """Offers the tools that the answer calls."""
    calls = expected.calls if isinstance(expected, Said) else []
    tools = [function(name, None, {"type": "object"}) for name in sorted({name for name, _ in calls})]
    return {"messages": [{"role": "user", "content": "Hello"}], **optional(tools=tools)}


def of_openai(request: Body) -> Body:
    return {name: value for name, value in request.items() if name not in OWN}


def of_anthropic(request: Body) -> Body:
    messages = [{"role": "system", "content": text} for text in texts(request.get("system", []))]
    for message in request["messages"]:
        messages += turn(message["role"], parts(message["content"]))
    tools = [function(t["name"], t.get("description"), t["input_schema"]) for t in request.get("tools", [])]
    stop = request.get("stop_sequences")
    return {"messages": messages, **optional(tools=tools, stop=stop), **limit(request["max_tokens"])}


def of_bedrock(request: Body) -> Body:
    messages = [{"role": "system", "content": part["text"]} for part in request["system"] if "text" in part]
    for message in request["messages"]:
        messages += turn(message["role"], [bedrock_part(part) for part in message["content"]])
    specs = [tool["toolSpec"] for tool in request.get("toolConfig", {}).get("tools", []) if "toolSpec" in tool]
    tools = [function(s["name"], s.get("description"), s["inputSchema"]["json"]) for s in specs]
    settings = request["inferenceConfig"]
    return {
        "messages": messages,
        **optional(tools=tools, temperature=settings.get("temperature")),
        **limit(settings.get("maxTokens")),
    }


def of_gemini(request: Body) -> Body:
    instruction = request.get("systemInstruction", {"parts": []})
    messages = [{"role": "system", "content": part["text"]} for part in instruction["parts"]]
    for message in request["contents"]:
        shown = [part for part in message["parts"] if "text" in part]
        if shown and message["role"] == "user":
            messages += turn("user", [{"type": "text", "text": part["text"]} for part in shown])
    declared = [f for tool in request.get("tools", []) for f in tool.get("functionDeclarations", [])]
    tools = [
        function(f["name"], f.get("description"), f.get("parametersJsonSchema") or {"type": "object"})
        for f in declared
    ]
    return {"messages": messages, **optional(tools=tools)}


CONVERTERS: dict[str, Callable[[Body], Body]] = {
    "openai": of_openai,
    "cohere": lambda request: {**of_openai(request), "tool_choice": "required"},
    "anthropic": of_anthropic,
    "bedrock": of_bedrock,
    "gemini": of_gemini,
}


def optional(**members: Any) -> Body:
    return {name: value for name, value in members.items() if value}


def limit(tokens: int | None) -> Body:
    return {"max_tokens": tokens} if tokens else {}


def function(name: str, description: str | None, parameters: Any) -> Body:
    described = optional(description=description)
    return {"type": "function", "function": {"name": name, "parameters": parameters, **described}}


def texts(system: str | list[Body]) -> list[str]:
    return [system] if isinstance(system, str) else [block["text"] for block in system]


def parts(content: str | list[Body]) -> list[Body]:
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def bedrock_part(part: Body) -> Body:
    """As Anthropic would write it."""
    [(name, value)] = part.items()
    if name == "text":
        return {"type": "text", "text": value}
    if name == "toolUse":
        return {"type": "tool_use", "id": value["toolUseId"], "name": value["name"], "input": value["input"]}
    if name == "toolResult":
        said = json.dumps(value["content"])
        return {"type": "tool_result", "tool_use_id": value["toolUseId"], "content": said}
    return {"type": name}


def turn(role: str, blocks: list[Body]) -> list[Body]:
    """A turn in Anthropic's blocks, as OpenAI's messages: one for each tool's result."""
    results = [
        {"role": "tool", "tool_call_id": block["tool_use_id"], "content": plain(block["content"])}
        for block in blocks
        if block["type"] == "tool_result"
    ]
    texts = [block["text"] for block in blocks if block["type"] == "text"]
    calls = [
        {
            "id": block["id"],
            "type": "function",
            "function": {"name": block["name"], "arguments": json.dumps(block["input"])},
        }
        for block in blocks
        if block["type"] == "tool_use"
    ]
    thinking = [block for block in blocks if block["type"] in ("thinking", "redacted_thinking")]
    images = [
        {"type": "image_url", "image_url": {"url": block["source"]["url"]}}
        for block in blocks
        if block["type"] == "image"
    ]
    content: Any = "\n".join(texts)
    if images:
        content = [*images, *({"type": "text", "text": text} for text in texts)]
    extra = optional(tool_calls=calls, thinking_blocks=thinking)
    said = [{"role": role, "content": content, **extra}] if content or extra else []
    return [*results, *said]


def plain(content: str | list[Body]) -> str:
    return content if isinstance(content, str) else "\n".join(block.get("text", "") for block in content)
