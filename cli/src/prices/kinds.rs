//! Whose price list counts for which kind of provider.

/// Whose prices a kind has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vendor {
    /// Those of this vendor in `genai-prices`, whatever the address: a proxy before it changes nothing.
    Known(&'static str),
    /// Those of the vendor whose address it is, if any.
    ByAddress,
}

const KINDS: &[(&str, &str)] = &[
    ("anthropic", "anthropic"),
    ("azure", "azure"),
    ("bedrock", "aws"),
    ("cerebras", "cerebras"),
    ("cohere", "cohere"),
    ("deepseek", "deepseek"),
    ("fireworks", "fireworks"),
    ("gemini", "google"),
    ("groq", "groq"),
    ("mistral", "mistral"),
    ("openai", "openai"),
    ("openai_responses", "openai"),
    ("openrouter", "openrouter"),
    ("perplexity", "perplexity"),
    ("together", "together"),
    ("vertex", "google"),
    ("xai", "x-ai"),
    ("zai", "zai"),
];

pub(super) fn vendor(kind: &str) -> Vendor {
    let row = KINDS.iter().find(|(name, _)| *name == kind);
    row.map_or(Vendor::ByAddress, |(_, id)| Vendor::Known(id))
}

#[cfg(test)]
mod tests {
    use genai_prices::Calculator;
    use tidegate::providers;

    use super::*;

    #[test]
    fn every_row_is_a_kind_and_a_vendor_that_there_are() {
        for (kind, id) in KINDS {
            assert!(providers::find(kind).is_some(), "{kind}");
            let found = Calculator::bundled().find_provider(Some(id), None).unwrap();
            assert_eq!(found.map(|vendor| vendor.id()), Some(*id));
        }
    }

    #[test]
    fn kinds_without_a_row_are_those_that_no_price_list_is_for() {
        let without = providers::kinds().filter(|kind| vendor(kind) == Vendor::ByAddress);
        let expected = [
            "ollama_native",
            "nvidia",
            "qwen",
            "llamacpp",
            "lmstudio",
            "ollama",
            "sglang",
            "vllm",
            "openai_compatible",
        ];
        assert_eq!(without.collect::<Vec<_>>(), expected);
    }
}
