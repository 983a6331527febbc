//! Beta features as data: names of SDK 2.11.0 (`types/anthropic_beta_param.py`, checked 2026-11-25).

/// What clients may ask for unless the operator says otherwise: what changes how one request is
/// answered, and nothing that the operator's account remembers.
pub(super) const ALLOWED: &[&str] = &[
    "advisor-tool-2026-03-01",
    "cache-diagnosis-2026-04-07",
    "code-execution-2025-05-22",
    "compact-2026-01-12",
    "compact-2026-09-04",
    "computer-use-2024-10-22",
    "computer-use-2025-01-24",
    "computer-use-2025-11-24",
    "context-1m-2025-08-07",
    "context-management-2025-06-27",
    "dev-full-thinking-2025-05-14",
    "extended-cache-ttl-2025-04-11",
    "fallback-credit-2026-06-01",
    "fallback-credit-2026-07-01",
    "fast-mode-2026-02-01",
    "files-api-2025-04-14",
    "inline-tools-2026-09-15",
    "interleaved-thinking-2025-05-14",
    "mcp-client-2025-04-04",
    "mcp-client-2025-11-20",
    "mcp-client-2026-09-15",
    "mid-conversation-output-config-2026-07-01",
    "mid-conversation-system-clear-at-2026-08-21",
    "mid-conversation-tool-changes-2026-07-01",
    "model-context-window-exceeded-2025-08-26",
    "output-128k-2025-02-19",
    "output-300k-2026-03-24",
    "pdfs-2024-09-25",
    "prompt-caching-2024-07-31",
    "server-side-fallback-2026-06-01",
    "server-side-fallback-2026-07-01",
    "skills-2025-10-02",
    "structured-outputs-2025-11-13",
    "task-budgets-2026-03-13",
    "thinking-binding-controls-2026-08-01",
    "thinking-display-updates-2026-08-18",
    "thinking-token-count-2026-05-13",
    "token-efficient-tools-2025-02-19",
];

/// Tools that only the SDK's beta types know, by their `type`.
pub(super) const NEEDED_BY_TOOLS: &[(&str, &str)] = &[
    ("advisor_20260301", "advisor-tool-2026-03-01"),
    ("bash_20241022", "computer-use-2024-10-22"),
    ("computer_20241022", "computer-use-2024-10-22"),
    ("computer_20250124", "computer-use-2025-01-24"),
    ("computer_20251124", "computer-use-2025-11-24"),
    ("mcp_toolset", "mcp-client-2025-11-20"),
    ("text_editor_20241022", "computer-use-2024-10-22"),
];

/// Blocks of earlier answers that only the SDK's beta types know, by their `type`, with the word in
/// their JSON that it depends on. The first row of a family of betas wins.
pub(super) const NEEDED_BY_BLOCKS: &[(&str, &str, &str)] = &[
    ("advisor_tool_result", "", "advisor-tool-2026-03-01"),
    ("compaction", "signature", "compact-2026-09-04"),
    ("compaction", "", "compact-2026-01-12"),
    ("fallback", "", "server-side-fallback-2026-07-01"),
    ("mcp_tool_listing", "", "mcp-client-2026-09-15"),
    ("mcp_tool_result", "", "mcp-client-2025-11-20"),
    ("mcp_tool_use", "", "mcp-client-2025-11-20"),
];

/// Fields of the body that only the SDK's beta types know, with the word in their JSON that it
/// depends on. The first row of a family of betas wins.
pub(super) const NEEDED_BY_FIELDS: &[(&str, &str, &str)] = &[
    ("billing_policy", "", "user-profiles-billing-2026-10-01"),
    ("compaction", "", "compact-2026-09-04"),
    ("context_management", "", "context-management-2025-06-27"),
    (
        "context_management",
        "compact_20260112",
        "compact-2026-01-12",
    ),
    ("fallback_credit_token", "", "fallback-credit-2026-07-01"),
    ("fallbacks", "", "server-side-fallback-2026-07-01"),
    ("mcp_servers", "tool_configuration", "mcp-client-2025-04-04"),
    ("mcp_servers", "", "mcp-client-2025-11-20"),
    ("output_config", "task_budget", "task-budgets-2026-03-13"),
    ("speed", "fast", "fast-mode-2026-02-01"),
    ("thinking", "block_binding", BINDING),
    ("thinking", "updates", "thinking-display-updates-2026-08-18"),
    ("thread", "", "message-threads-2026-08-12"),
];

/// What `thinking.block_binding` needs.
pub(in super::super) const BINDING: &str = "thinking-binding-controls-2026-08-01";
