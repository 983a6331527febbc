"""Who has answered each recorded file, and how: the one place that a new provider is added to.

A folder is one provider; single files that are of another endpoint or provider stand below. `LATER` names
what the gateway cannot do yet: its files are tested all the same and must fail, and a test sees to it
that nothing stays there once the gateway knows the kind.
"""

from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from .frames import Framing


class Endpoint(Enum):
    CHAT = "chat"
    EMBEDDINGS = "embeddings"


@dataclass(frozen=True)
class Source:
    """Where an answer comes from: a kind of provider, and a module of `expected` that reads it."""

    kind: str
    format: str
    framing: Framing
    # Path of the base URL, as the vendor's own SDK has it.
    base: str = ""
    endpoint: Endpoint = Endpoint.CHAT
    model: str = "recorded-model"
    options: tuple[tuple[str, str], ...] = ()


def compatible(kind: str, base: str = "/v1") -> Source:
    return Source(kind, "openai", Framing.DATA_DONE, base)


GEMINI = Source("gemini", "gemini", Framing.CRLF, model="gemini-2.5-flash")
BEDROCK = Source("bedrock", "bedrock", Framing.AWS, model="us.anthropic.claude-sonnet-4-5-v1:0")
COHERE = Source("cohere", "cohere", Framing.NAMED_DONE)
RESPONSES = Source("openai_responses", "responses", Framing.NAMED, "/v1")

FOLDERS = {
    "anthropic": Source("anthropic", "anthropic", Framing.NAMED, model="claude-sonnet-4-5"),
    "azure": compatible("azure", ""),
    "bedrock": BEDROCK,
    "cohere": COHERE,
    "deepseek": compatible("deepseek", ""),
    "gemini": GEMINI,
    "groq": compatible("groq"),
    "mistral": compatible("mistral"),
    "ollama": compatible("ollama"),
    "openai": compatible("openai"),
    "openrouter": compatible("openrouter"),
    "qwen": compatible("qwen"),
    "xai": compatible("xai"),
}

FILES = {
    "O018": replace(GEMINI, kind="vertex"),
    "O024": replace(GEMINI, kind="vertex"),
    "O026": replace(GEMINI, endpoint=Endpoint.EMBEDDINGS),
    "O037": replace(
        BEDROCK, endpoint=Endpoint.EMBEDDINGS, model="amazon.titan-embed-text-v2:0"
    ),
    "O047": replace(FOLDERS["openai"], endpoint=Endpoint.EMBEDDINGS),
    "O048": RESPONSES,
    "O050": replace(RESPONSES, kind="azure", base="", options=(("api", "responses"),)),
    "O054": replace(COHERE, endpoint=Endpoint.EMBEDDINGS),
    "O076": compatible("zai"),
    "O077": compatible("cerebras"),
}

# Kinds that the gateway does not know yet.
LATER_KINDS: dict[str, str] = {}

# Files that a kind which the gateway knows cannot answer yet.
LATER_FILES: dict[str, str] = {}

# What vendors whose bytes pass add of their own, where OpenAI has nothing of that name or fewer values.
# A client sees it as it would without the gateway. MESSAGE is `message`, or `delta` in a stream.
VENDOR_MEMBERS: dict[str, set[str]] = {
    "azure": {
        "choices.*.content_filter_results",
        "choices.*.content_filter_offsets",
        "prompt_filter_results",
    },
    "cerebras": {"time_info"},
    "deepseek": {"usage.prompt_cache_hit_tokens", "usage.prompt_cache_miss_tokens"},
    "groq": {
        "choices.*.MESSAGE.channel",
        "error.failed_generation",
        "error.status_code",
        "service_tier",
        "usage.completion_time",
        "usage.prompt_time",
        "usage.queue_time",
        "usage.total_time",
        "usage_breakdown",
        "x_groq",
    },
    # What its content filters say, in chunks and in blocked prompts.
    "azure": {
        "choices.*.content_filter_offsets",
        "choices.*.content_filter_results",
        "error.innererror",
        "error.status",
        "obfuscation",
        "prompt_filter_results",
    },
    "openrouter": {
        "choices.*.MESSAGE.annotations.*.url_citation.content",
        "choices.*.MESSAGE.reasoning",
        "choices.*.MESSAGE.reasoning_details",
        "choices.*.message.tool_calls.*.index",
        "choices.*.native_finish_reason",
        "error.metadata",
        "provider",
        "usage.completion_tokens_details.image_tokens",
        "usage.cost",
        "usage.cost_details",
        "usage.is_byok",
        "usage.prompt_tokens_details.video_tokens",
    },
    # Parts that are neither text nor thinking, under a name of ours.
    "mistral": {
        "choices.*.MESSAGE.content_parts",
        "choices.*.MESSAGE.prefix",
        "usage.num_cached_tokens",
        "usage.prompt_token_details",
    },
    "ollama": {"choices.*.message.tool_calls.*.index"},
    "qwen": {"choices.*.message.tool_calls.*.index"},
    "together": {"choices.*.seed", "prompt"},
    "vllm": {"choices.*.stop_reason", "kv_transfer_params", "prompt_logprobs"},
    "xai": {"citations", "usage.cost_in_usd_ticks", "usage.num_sources_used"},
}


def source(path: Path) -> Source:
    return FILES.get(path.name[:4]) or FOLDERS[path.parent.name]


def later(path: Path) -> str | None:
    """Why the gateway cannot answer this file yet."""
    return LATER_FILES.get(path.name[:4]) or LATER_KINDS.get(source(path).kind)


def vendor_members(kind: str, part: str = "message") -> set[str]:
    """Paths of a vendor's own members, in a `message` or a `delta`."""
    return {path.replace("MESSAGE", part) for path in VENDOR_MEMBERS.get(kind, set())}
