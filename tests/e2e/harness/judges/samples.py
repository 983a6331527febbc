"""For each judge a request that it takes, as rich as is worth it; and where the user's own JSON is.

`test_judge_refuses.py` spoils every member of these.
"""

from dataclasses import dataclass, field
from typing import Any

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
PIXEL = "iVBORw0KGgo="


@dataclass(frozen=True)
class Sample:
    judge: str
    kind: str
    path: str
    body: dict[str, Any]
    # Members below which any JSON is right, because it is the user's.
    free: set[str] = field(default_factory=set)
    # Members that must be there, as paths.
    required: set[str] = field(default_factory=set)
    # Members that judge nothing, because the vendor's types do not: any word, or a dictionary.
    loose: set[str] = field(default_factory=set)


FUNCTION = {"name": "get_weather", "description": "Says how warm it is.", "parameters": SCHEMA}
OPENAI_TOOL = {"type": "function", "function": FUNCTION}
OPENAI_CALL = {
    "id": "call_1",
    "type": "function",
    "function": {"name": "get_weather", "arguments": "{}"},
}
OPENAI_MESSAGES = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "Is it warm?"}]},
    {"role": "assistant", "tool_calls": [OPENAI_CALL]},
    {"role": "tool", "tool_call_id": "call_1", "content": "21 °C"},
]
OPENAI_FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "city", "schema": SCHEMA, "strict": True},
}

SAMPLES = [
    Sample(
        judge="anthropic.messages",
        kind="anthropic",
        path="/v1/messages",
        body={
            "model": "claude-sonnet-4-5",
            "max_tokens": 2000,
            "temperature": 0.5,
            "stream": True,
            "system": [
                {"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}
            ],
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "Is it warm?"},
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": PIXEL},
                        },
                    ],
                },
                {
                    "role": "assistant",
                    "content": [
                        {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
                        {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {}},
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {"type": "tool_result", "tool_use_id": "toolu_1", "content": "21 °C"}
                    ],
                },
            ],
            "tools": [{"name": "get_weather", "description": "Says.", "input_schema": SCHEMA}],
            "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
            "thinking": {"type": "enabled", "budget_tokens": 1024},
            "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": SCHEMA}},
            "metadata": {"user_id": "u-1"},
            "stop_sequences": ["END"],
        },
        free={"input_schema", "input", "schema"},
        required={"model", "max_tokens", "messages", "messages.0.role", "tools.0.input_schema"},
    ),
    Sample(
        judge="bedrock.converse",
        kind="bedrock",
        path="/model/anthropic.claude-v1%3A0/converse-stream",
        body={
            "system": [{"text": "Be brief."}, {"cachePoint": {"type": "default"}}],
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"text": "Is it warm?"},
                        {"image": {"format": "png", "source": {"bytes": PIXEL}}},
                    ],
                },
                {
                    "role": "assistant",
                    "content": [
                        {"toolUse": {"toolUseId": "t1", "name": "get_weather", "input": {}}}
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {"toolResult": {"toolUseId": "t1", "content": [{"text": "21 °C"}]}}
                    ],
                },
            ],
            "inferenceConfig": {"maxTokens": 20, "temperature": 0.5, "stopSequences": ["END"]},
            "toolConfig": {
                "tools": [
                    {"toolSpec": {"name": "get_weather", "inputSchema": {"json": SCHEMA}}}
                ],
                "toolChoice": {"auto": {}},
            },
            "requestMetadata": {"user": "u-1"},
        },
        free={"json", "input"},
        required={"messages.0.role", "messages.0.content", "toolConfig.tools"},
        # A dictionary of the user's.
        loose={"requestMetadata"},
    ),
    Sample(
        judge="bedrock.invoke",
        kind="bedrock",
        path="/model/amazon.titan-embed-text-v2%3A0/invoke",
        body={"inputText": "tide", "dimensions": 256, "normalize": True},
        required={"inputText"},
    ),
    Sample(
        judge="gemini.generate_content",
        kind="gemini",
        path="/v1beta/models/gemini-3-pro:streamGenerateContent?alt=sse",
        body={
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "contents": [
                {
                    "role": "user",
                    "parts": [
                        {"text": "Is it warm?"},
                        {"inlineData": {"mimeType": "image/png", "data": PIXEL}},
                    ],
                },
                {
                    "role": "model",
                    "parts": [
                        {
                            "functionCall": {"id": "1", "name": "get_weather", "args": {}},
                            "thoughtSignature": "c2ln",
                        }
                    ],
                },
                {
                    "role": "user",
                    "parts": [
                        {"functionResponse": {"name": "get_weather", "response": {"output": "21"}}}
                    ],
                },
            ],
            "tools": [
                {"functionDeclarations": [{"name": "get_weather", "parametersJsonSchema": SCHEMA}]}
            ],
            "toolConfig": {"functionCallingConfig": {"mode": "AUTO"}},
            "generationConfig": {
                "maxOutputTokens": 20,
                "temperature": 0.5,
                "stopSequences": ["END"],
                "responseMimeType": "application/json",
                "responseJsonSchema": SCHEMA,
                "thinkingConfig": {"thinkingLevel": "LOW", "includeThoughts": True},
            },
            "safetySettings": [
                {"category": "HARM_CATEGORY_HATE_SPEECH", "threshold": "BLOCK_NONE"}
            ],
        },
        free={"parametersJsonSchema", "responseJsonSchema", "args", "response"},
        # The SDK's types have no required members but this one of ours.
        required={"contents"},
    ),
    Sample(
        judge="gemini.batch_embed_contents",
        kind="gemini",
        path="/v1beta/models/gemini-embedding-2:batchEmbedContents",
        body={
            "requests": [
                {
                    "model": "models/gemini-embedding-2",
                    "content": {"parts": [{"text": "tide"}]},
                    "outputDimensionality": 256,
                }
            ]
        },
        required={"requests", "requests.0.model", "requests.0.content"},
    ),
    Sample(
        judge="cohere.chat",
        kind="cohere",
        path="/v2/chat",
        body={
            "model": "command-a",
            "stream": True,
            "messages": OPENAI_MESSAGES,
            "tools": [OPENAI_TOOL],
            "tool_choice": "REQUIRED",
            "max_tokens": 20,
            "p": 0.5,
            "stop_sequences": ["END"],
            "response_format": {"type": "json_object", "json_schema": SCHEMA},
            "thinking": {"type": "enabled", "token_budget": 100},
        },
        free={"parameters", "json_schema"},
        required={"model", "messages", "messages.0.role", "messages.3.tool_call_id"},
    ),
    Sample(
        judge="cohere.embed",
        kind="cohere",
        path="/v2/embed",
        body={
            "model": "embed-v4.0",
            "texts": ["tide"],
            "input_type": "search_document",
            "embedding_types": ["float"],
            "output_dimension": 256,
        },
        required={"model", "input_type"},
    ),
    Sample(
        judge="ollama.chat",
        kind="ollama_native",
        path="/api/chat",
        body={
            "model": "qwen3",
            "stream": True,
            "messages": [
                {"role": "user", "content": "Is it warm?", "images": [PIXEL]},
                {
                    "role": "assistant",
                    "content": "",
                    "tool_calls": [{"function": {"name": "get_weather", "arguments": {}}}],
                },
                {"role": "tool", "content": "21 °C", "tool_name": "get_weather"},
            ],
            "tools": [OPENAI_TOOL],
            "options": {"num_predict": 20, "temperature": 0.5, "stop": ["END"]},
            "format": SCHEMA,
            "think": True,
        },
        free={"parameters", "format", "arguments"},
        # The client's types have defaults for all the rest.
        required={"messages.0.role"},
    ),
    Sample(
        judge="ollama.embed",
        kind="ollama_native",
        path="/api/embed",
        body={"model": "bge-m3", "input": ["tide"], "dimensions": 256},
        required={"input"},
    ),
    Sample(
        judge="mistral.chat",
        kind="mistral",
        path="/v1/chat/completions",
        body={
            "model": "mistral-large",
            "stream": True,
            "messages": OPENAI_MESSAGES,
            "tools": [OPENAI_TOOL],
            "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
            "max_tokens": 20,
            "random_seed": 7,
            "response_format": OPENAI_FORMAT,
        },
        free={"parameters", "schema"},
        required={"model", "messages", "tools.0.function.name"},
    ),
    Sample(
        judge="mistral.embeddings",
        kind="mistral",
        path="/v1/embeddings",
        body={"model": "mistral-embed", "input": ["tide"], "output_dimension": 256},
        required={"model", "input"},
    ),
    Sample(
        judge="openai.chat",
        kind="openai",
        path="/v1/chat/completions",
        body={
            "model": "gpt-4o-mini",
            "stream": True,
            "stream_options": {"include_usage": True},
            "messages": OPENAI_MESSAGES,
            "tools": [OPENAI_TOOL],
            "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
            "max_completion_tokens": 20,
            "seed": 7,
            "response_format": OPENAI_FORMAT,
            "reasoning_effort": "low",
        },
        free={"parameters", "schema"},
        required={"model", "messages", "messages.0.role", "messages.3.tool_call_id"},
    ),
    Sample(
        judge="groq.chat",
        kind="groq",
        path="/openai/v1/chat/completions",
        body={
            "model": "qwen/qwen3-32b",
            "stream": True,
            "messages": OPENAI_MESSAGES,
            "tools": [OPENAI_TOOL],
            "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
            "reasoning_effort": "default",
            "reasoning_format": "parsed",
            "response_format": OPENAI_FORMAT,
        },
        free={"parameters", "schema"},
        required={"model", "messages", "messages.0.role"},
    ),
    Sample(
        judge="cerebras.chat",
        kind="cerebras",
        path="/v1/chat/completions",
        body={
            "model": "gpt-oss-120b",
            "stream": True,
            "messages": OPENAI_MESSAGES,
            "tools": [OPENAI_TOOL],
            "tool_choice": "auto",
            "reasoning_effort": "low",
            "response_format": OPENAI_FORMAT,
        },
        free={"parameters", "schema"},
        required={"model", "messages", "tools.0.function.name"},
    ),
    Sample(
        judge="openai.embeddings",
        kind="openai",
        path="/v1/embeddings",
        body={"model": "e", "input": ["tide"], "encoding_format": "base64", "dimensions": 256},
        required={"model", "input"},
    ),
    Sample(
        judge="openai.responses",
        kind="openai",
        path="/v1/responses",
        body={
            "model": "gpt-6",
            "stream": True,
            "instructions": "Be brief.",
            "input": [
                {"role": "user", "content": [{"type": "input_text", "text": "Is it warm?"}]},
                {
                    "type": "function_call",
                    "call_id": "call_1",
                    "name": "get_weather",
                    "arguments": "{}",
                },
                {"type": "function_call_output", "call_id": "call_1", "output": "21 °C"},
            ],
            "tools": [
                {
                    "type": "function",
                    "name": "get_weather",
                    "parameters": SCHEMA,
                    "strict": False,
                }
            ],
            "max_output_tokens": 20,
            "reasoning": {"effort": "low"},
            "text": {"format": {"type": "json_schema", "name": "city", "schema": SCHEMA}},
            "store": False,
        },
        free={"parameters", "schema"},
        required={"input.1.call_id", "tools.0.name", "text.format.schema"},
    ),
]
